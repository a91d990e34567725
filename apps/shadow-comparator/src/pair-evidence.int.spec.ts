// What is told of pairs beyond their verdicts: distributions, segments, cost, who was right; on a real Postgres with real model servers.
import { type Evidence, type PredictionServed } from '@weir/contracts';
import { driftCalculator } from '@weir/stats';
import { eventually, ModelServer } from '@weir/testing';
import { ComparatorUnderTest, joined, rollout, served, total } from './comparator.fixture';

let comparator: ComparatorUnderTest;
let shadow: ModelServer;

beforeEach(async () => {
  shadow = await ModelServer.start({ name: 'v2', label: 'spam' });
  comparator = await ComparatorUnderTest.open();
});

afterEach(async () => {
  await comparator.close();
  await shadow.stop();
});

const scored = (data: readonly number[]) => ({
  outputs: [{ name: 'score', shape: [data.length], datatype: 'FP64', data }],
});

/** Answers of a hundred scores each, so that few predictions are many items. */
function scores(region: string, seed: number, offset = 0): PredictionServed {
  const data = Array.from({ length: 100 }, (_, i) => ((i * 37 + seed * 11) % 100) / 100 + offset);
  const { capture } = served();
  return served({
    unit: `unit-${seed}`,
    attributes: { region },
    capture: { ...capture, response: { kind: 'json', size: 1, body: scored(data) } },
  });
}

/** By the calculator, from the counts that evidence tells. */
function psiOf(rows: readonly Evidence[]): number {
  const sample = (arm: string) => {
    const counts = Array.from({ length: 11 }, () => 0);
    for (const row of rows)
      if (row.metric === 'distribution' && row.arm === arm)
        for (const [bin, n] of Object.entries(row.histogram ?? {}))
          counts[Number(bin)] = (counts[Number(bin)] ?? 0) + n;
    return { edges: counts.slice(1).map((_, edge) => edge), counts };
  };
  const found = driftCalculator({ reference: sample('v1'), current: sample('v2'), method: 'psi' });
  return found.ok ? found.answer.value : NaN;
}

it('tells a shift of 2 % in one segment by its size, there and nowhere else, in bins that stable’s first thousand items cut', async () => {
  comparator.follow([shadow.url], {
    compare: { outputs: { score: { absolute: 0.01 } } },
    stage: { segments: ['region'] },
  });
  const answerTo = async (event: PredictionServed, shift: number) => {
    const response = event.capture?.response;
    const [output] = (response?.kind === 'json' ? (response.body as ReturnType<typeof scored>) : scored([])).outputs;
    shadow.behaviour = { kind: 'answer', body: scored((output?.data ?? []).map((score) => score * (1 + shift))) };
    await comparator.compare([event]);
  };
  for (let seed = 0; seed < 10; seed += 1) await answerTo(scores('eu', seed), 0);
  expect((await comparator.reads.tallies(rollout))[0]?.drift).toEqual([]); // they only cut the bins
  for (let seed = 0; seed < 12; seed += 1) {
    await answerTo(scores('eu', seed), 0);
    await answerTo(scores('us', seed, 0.5), 0.02);
  }
  const rows = await comparator.evidence();
  expect(total(rows, 'agreement', { segment: 'region=eu', output: 'score' })).toEqual({ n: 22, sum: 22 });
  expect(total(rows, 'agreement', { segment: 'region=us', output: 'score' })).toEqual({ n: 12, sum: 0 });
  const shifted = total(rows, 'difference', { segment: 'region=us' });
  expect(shifted.sum / shifted.n).toBeCloseTo(0.02 * (0.495 + 0.5), 4);
  expect(total(rows, 'difference', { segment: 'region=eu' }).sum).toBeCloseTo(0, 6);

  const drift = (await comparator.reads.tallies(rollout))[0]?.drift ?? [];
  const of = (segment?: string) => drift.find((one) => one.segment === segment);
  expect(of('region=eu')).toMatchObject({ output: 'score', items: 1_200, psi: 0, distance: 0, differs: false });
  const us = of('region=us');
  expect(us?.psi).toBeCloseTo(psiOf(rows.filter(({ segment }) => segment === 'region=us')), 9);
  expect(us?.psi).toBeGreaterThan(0.002);
  expect(of()).toMatchObject({ items: 2_400 });
  expect(of()?.distance).toBeGreaterThan(0.005);

  // the rows of evidence add up to the same counts
  const distribution = rows.filter(({ metric, arm }) => metric === 'distribution' && arm === 'v2');
  expect(distribution.every(({ bins }) => bins && 'edges' in bins && bins.edges.length === 9)).toBe(true);
  expect(distribution.reduce((sum, { n }) => sum + n, 0)).toBe(2_400);
  const counted = distribution.flatMap(({ histogram = {} }) => Object.values(histogram));
  expect(counted.reduce((sum, n) => sum + n, 0)).toBe(2_400);
});

it('folds segments beyond fifty into one', async () => {
  comparator.follow([shadow.url], { stage: { segments: ['region'] } });
  await comparator.compare(Array.from({ length: 60 }, (_, i) => served({ attributes: { region: `r${i}` } })));
  const rows = (await comparator.evidence()).filter(({ metric, output }) => metric === 'agreement' && !output);
  expect(new Set(rows.map(({ segment }) => segment)).size).toBe(51);
  expect(total(rows, 'agreement', { segment: '*' }).n).toBe(10);
});

describe('who was right', () => {
  const answersOf = (count: number) =>
    Array.from({ length: count }, (_, i) => served({ unit: `unit-${i % 7}` }, i % 4 ? 'spam' : 'ham'));
  const said = (index: number) => (index % 4 ? 'spam' : 'ham'); // stable; the shadow always says spam

  it('is told once for each pair and outcome, whether the outcome or the pair comes first, and however often both come', async () => {
    comparator.follow([shadow.url]);
    const events = answersOf(40);
    const truth = (index: number) => (index % 5 ? 'spam' : 'ham');
    const outcomes = events.map((event, i) => joined(event, truth(i), said(i)));
    await comparator.judge(outcomes.slice(0, 20), { times: 2 });
    await comparator.compare(events, { times: 2 });
    await comparator.judge(outcomes, { times: 2 }); // the first twenty once more, as a relay may send them
    const [stable, v2] = [0, 1].map((side) =>
      events.map((_, i) => Number(truth(i) === (side === 0 ? said(i) : 'spam'))),
    ) as [number[], number[]];
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    const rows = await comparator.evidence();
    expect(total(rows, 'right', { arm: 'v1', output: 'correct' })).toEqual({ n: 40, sum: sum(stable) });
    expect(total(rows, 'right', { arm: 'v2', output: 'correct' })).toEqual({ n: 40, sum: sum(v2) });
    expect(total(rows, 'right-difference', { output: 'correct' })).toEqual({ n: 40, sum: sum(v2) - sum(stable) });
    const discordant = rows.filter(({ metric }) => metric === 'right-difference');
    expect(discordant.reduce((all, row) => all + row.sumSquares, 0)).toBe(
      v2.filter((right, i) => right !== stable[i]).length,
    );
    const counts = await comparator.counts();
    const who = (a: number, b: number) => events.filter((_, i) => stable[i] === a && v2[i] === b).length;
    expect(counts).toMatchObject({
      'right.correct.shadow': who(0, 1),
      'right.correct.stable': who(1, 0),
      'right.correct.both': who(1, 1),
    });
  });

  it('is corrected by a greater revision, and by no lesser one', async () => {
    comparator.follow([shadow.url]);
    const event = served({}, 'ham');
    await comparator.compare([event]);
    await comparator.judge([joined(event, 'ham', 'ham', { revision: 1 })]);
    await comparator.judge([
      joined(event, 'spam', 'ham', { revision: 2 }),
      joined(event, 'ham', 'ham', { revision: 0 }),
    ]);
    const rows = await comparator.evidence();
    expect(total(rows, 'right', { arm: 'v2' })).toEqual({ n: 1, sum: 1 });
    expect(total(rows, 'right', { arm: 'v1' })).toEqual({ n: 1, sum: 0 });
    expect(await comparator.counts()).toMatchObject({ 'right.correct.shadow': 1, 'right.correct.stable': 0 });
  });

  it('says nothing of outcomes that belong to no pair: another metric, an expired one, a prediction that was never compared', async () => {
    comparator.follow([shadow.url]);
    const event = served();
    await comparator.compare([event]);
    await comparator.judge([
      joined(event, 'spam', 'spam', { metric: 'clicked' }),
      joined(event, 'spam', 'spam', { state: 'expired' }),
      joined(served(), 'spam', 'spam'),
      joined(event, 'spam', 'spam', { rollout: 'another' }),
    ]);
    expect(total(await comparator.evidence(), 'right').n).toBe(0);
  });
});

it('says what a shadow cost: calls and the seconds that it was busy', async () => {
  shadow.behaviour = { kind: 'answer', latencyMs: 50 };
  comparator.follow([shadow.url]);
  await comparator.compare([served(), served(), served({ excluded: true })]);
  const cost = total(await comparator.evidence(), 'model-seconds');
  expect(cost.n).toBe(2);
  expect(cost.sum).toBeGreaterThan(0.09);
  const { load } = (await comparator.reads.tallies(rollout))[0] ?? {};
  expect(load).toMatchObject({ calls: 2, coverage: 1, sustained: null });
  expect(load?.modelSeconds).toBeCloseTo(cost.sum, 3);
});

describe('pace: live', () => {
  const live = { stage: { pace: 'live' } };
  const at = (msAgo: number) => served({ servedAt: new Date(Date.now() - msAgo).toISOString() });

  it('offers each prediction at its own instant, and none before', async () => {
    await comparator.close();
    comparator = await ComparatorUnderTest.open({ liveLagMs: 1_500 });
    comparator.follow([shadow.url], live);
    const began = performance.now();
    const work = comparator.compare([at(1_400), at(700), at(0)]);
    await eventually(() => shadow.asked.length === 1);
    expect(performance.now() - began).toBeLessThan(1_400); // neither held back nor all at once
    await work;
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_490);
    expect(await comparator.counts()).toMatchObject({ compared: 3 });
  });

  it('refuses what comes while as many are under way as may be, and holds nothing back', async () => {
    await comparator.close();
    comparator = await ComparatorUnderTest.open({ liveConcurrency: 4 });
    shadow.behaviour = { kind: 'answer', latencyMs: 500 };
    comparator.follow([shadow.url], live);
    await comparator.compare(Array.from({ length: 10 }, () => at(200)));
    expect(await comparator.counts()).toMatchObject({ compared: 4, 'skipped.over-bound': 6 });
    expect((await comparator.reads.tallies(rollout))[0]?.load).toMatchObject({ calls: 4, coverage: 0.4 });
  });
});

it('says whether production’s rate was borne, where the shadow ends, and what it cost', async () => {
  await comparator.close();
  comparator = await ComparatorUnderTest.open({ liveConcurrency: 4, liveLagMs: 30_000 });
  shadow.behaviour = { kind: 'answer', latencyMs: 200 };
  comparator.follow([shadow.url], { stage: { pace: 'live' } });
  const firstMs = Math.floor(Date.now() / 10_000) * 10_000 - 50_000;
  const offer = (bucket: number, count: number) => {
    const servedAt = new Date(firstMs + bucket * 10_000 + 5_000).toISOString();
    return comparator.compare(Array.from({ length: count }, () => served({ servedAt })));
  };
  // ten seconds each, of which the first and the last are not whole
  for (const [bucket, count] of [2, 4, 20, 3].entries()) await offer(bucket, count);
  const { load } = (await comparator.reads.tallies(rollout))[0] ?? {};
  expect(load).toMatchObject({ calls: 13, coverage: 13 / 29, sustained: false });
  expect(load).toMatchObject({ sustainedPerSecond: 0.4, saturatesAtPerSecond: 0.4, offeredPerSecond: 2 });
  expect(load?.modelSeconds).toBeGreaterThan(13 * 0.19);
});

it('asks with the path and headers of a raw call and the secret of the version', async () => {
  comparator.follow([shadow.url], {
    protocol: 'raw',
    auth: { header: 'authorization', secretRef: 'key-2' },
    compare: {},
  });
  shadow.behaviour = { kind: 'answer', body: { said: 'yes' } };
  const request = {
    ...{
      kind: 'base64' as const,
      size: 2,
      contentType: 'application/json',
      body: Buffer.from('{}').toString('base64'),
    },
    ...{ path: '/v1/chat?n=1', headers: { 'content-encoding': 'identity' } },
  };
  const response = { kind: 'json' as const, size: 9, body: { said: 'yes' } };
  await comparator.compare([served({ capture: { request, response } })]);
  expect(shadow.asked[0]).toMatchObject({
    path: '/v1/chat?n=1',
    headers: { 'content-encoding': 'identity', authorization: 'the value of key-2' },
  });
  expect(await comparator.counts()).toMatchObject({ matched: 1 });
});
