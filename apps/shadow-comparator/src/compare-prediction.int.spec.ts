// Comparing on a real Postgres with real model servers: every prediction with a shadow ends as one result, whatever the shadow does.
import { DependencyDown } from '@weir/bus';
import { eventually, ModelServer } from '@weir/testing';
import { setTimeout as pause } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { ComparatorUnderTest, outputs, rollout, served, total } from './comparator.fixture';

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

const many = (count: number, some: Parameters<typeof served>[0] = {}) =>
  Array.from({ length: count }, (_, index) => served({ unit: `unit-${index % 10}`, ...some }));

const skippedFor = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([name]) => name.startsWith('skipped.')));

it('asks the shadow what stable was asked, and finds both agreed', async () => {
  comparator.follow([shadow.url]);
  const event = served();
  await comparator.compare([event]);
  expect(shadow.asked).toHaveLength(1);
  expect(shadow.asked[0]).toMatchObject({ method: 'POST', path: '/v2/models/spam/infer' });
  expect(shadow.asked[0]?.headers['content-type']).toBe('application/json');
  expect(JSON.parse(String(shadow.asked[0]?.body))).toEqual(
    event.capture?.request?.kind === 'json' && event.capture.request.body,
  );
  const [compared, ...others] = await comparator.compared();
  expect(others).toEqual([]);
  expect(compared).toMatchObject({
    ...{ predictionId: event.predictionId, stable: 'v1', shadow: 'v2', result: 'compared', verdict: 'matched' },
    outputs: { label: { verdict: 'matched', stable: ['spam'], shadow: ['spam'] } },
    ...{ stableStatus: 'ok', shadowStatus: 'ok', shadowHttpStatus: 200 },
  });
});

it('counts each difference once a prediction, however often its chunk comes, in agreement, flips, evidence and exemplars', async () => {
  comparator.follow([shadow.url], {
    compare: { outputs: { label: 'label' }, exemplars: 3, redact: ['$.inputs[*].data'] },
  });
  const events = [
    ...many(20),
    ...many(5).map((event) => ({
      ...event,
      capture: { ...event.capture, response: { kind: 'json' as const, size: 1, body: outputs('ham') } },
    })),
  ];
  await comparator.compare(events, { times: 3 });
  await comparator.compare([events[0] ?? served()], { partition: 1 }); // the router wrote it down twice

  expect(await comparator.counts()).toEqual({
    ...{ compared: 25, matched: 20, mismatched: 5, 'output.label.matched': 20, 'output.label.mismatched': 5 },
  });
  expect((await comparator.reads.tallies(rollout))[0]?.flips).toEqual([
    { output: 'label', from: 'spam', to: 'spam', count: 20 },
    { output: 'label', from: 'ham', to: 'spam', count: 5 },
  ]);
  expect(await comparator.compared()).toHaveLength(25);

  const rows = await comparator.evidence();
  expect(rows.every(({ source, final }) => source === 'comparator' && final)).toBe(true);
  for (const { window } of rows)
    expect(rows.filter((row) => row.window.index === window.index)).toHaveLength(window.rows ?? 0);
  expect(total(rows, 'result.compared')).toEqual({ n: 25, sum: 25 });
  expect(total(rows, 'agreement', { output: undefined })).toEqual({ n: 25, sum: 20 });
  expect(total(rows, 'agreement', { output: 'label' })).toEqual({ n: 25, sum: 20 });
  expect(total(rows, 'error-difference')).toEqual({ n: 25, sum: 0 });
  expect(total(rows, 'latency', { arm: 'v1' }).n).toBe(25);
  expect(total(rows, 'latency', { arm: 'v2' }).n).toBe(25);
  expect(rows.find(({ metric }) => metric === 'agreement')).toMatchObject({
    arm: 'v2',
    weights: { v1: 0, v2: 10_000 },
  });

  const exemplars = await comparator.reads.exemplars({ rollout, limit: 100 });
  expect(exemplars).toHaveLength(3);
  expect(exemplars[0]).toMatchObject({
    kind: 'label: label',
    document: { request: { inputs: [{ name: 'text', data: null }] }, stable: outputs('ham') },
  });
});

describe('a shadow that is sick harms nobody, and each prediction ends as a failure of its kind', () => {
  it.each([
    ['killed', 'unreachable', async () => shadow.stop()],
    ['garbage', 'unreadable', () => (shadow.behaviour = { kind: 'garbage' })],
    ['erring', 'error', () => (shadow.behaviour = { kind: 'answer', status: 503 })],
    ['reset', 'error', () => (shadow.behaviour = { kind: 'reset' })],
  ] as const)('W7 %s: %s', async (_what, reason, sicken) => {
    await sicken();
    comparator.follow([shadow.url]);
    await comparator.compare(many(3));
    expect(await comparator.counts()).toEqual({ [`failed.${reason}`]: 3 });
    const rows = await comparator.evidence();
    expect(total(rows, `result.failed.${reason}`)).toEqual({ n: 3, sum: 3 });
    expect(total(rows, 'error-difference')).toEqual({ n: 3, sum: 3 });
    expect(total(rows, 'agreement').n).toBe(0);
  });

  it('W7 hung: by its deadline, then by its breaker; another shadow is compared meanwhile', async () => {
    const well = await ModelServer.start({ label: 'spam' });
    shadow.behaviour = { kind: 'hang' };
    comparator.follow([shadow.url, well.url], { timeoutMs: 3_000 });
    await comparator.compare(many(60));
    await well.stop();
    const hung = await comparator.counts('v2');
    expect(
      Object.keys(hung).every((name) => /^(?:failed\.(?:timeout|unreachable)|skipped\.over-bound)$/.test(name)),
    ).toBe(true);
    expect(Object.values(hung).reduce((sum, count) => sum + count, 0)).toBe(60);
    expect(hung['failed.timeout']).toBeGreaterThanOrEqual(5);
    expect(await comparator.counts('v3')).toMatchObject({ compared: 60, matched: 60 });
  });

  it('slow: what it has no time for is over the bound, and shows as coverage', async () => {
    await comparator.close();
    comparator = await ComparatorUnderTest.open({ concurrency: 2, chunkBudgetMs: 1_000 });
    shadow.behaviour = { kind: 'answer', latencyMs: 400 };
    comparator.follow([shadow.url]);
    await comparator.compare(many(200));
    const counts = await comparator.counts();
    expect(counts['skipped.over-bound']).toBeGreaterThan(0);
    expect((counts['skipped.over-bound'] ?? 0) + (counts['compared'] ?? 0)).toBe(200);
    expect(shadow.asked).toHaveLength(counts['compared'] ?? 0);
  });
});

describe('predictions that cannot be compared are skipped, each for its reason', () => {
  it('before the shadow is asked', async () => {
    comparator.follow([shadow.url]);
    const digest = { kind: 'digest' as const, size: 9, sha256: 'x' };
    const { capture } = served();
    await comparator.compare([
      served({ excluded: true }),
      served({ armStatus: 'cancelled' }),
      served({ arm: 'v2', answeredBy: 'v2' }),
      served({ capture: { ...capture, request: digest } }),
      served({ capture: { request: capture?.request } }),
      served({ servedAt: new Date(Date.now() - 120_000).toISOString() }),
    ]);
    expect(shadow.asked).toEqual([]);
    expect(skippedFor(await comparator.counts())).toEqual({
      'skipped.excluded': 1,
      'skipped.cancelled': 1,
      'skipped.not-stable': 1,
      'skipped.not-captured': 1,
      'skipped.no-answer-captured': 1,
      'skipped.too-old': 1,
    });
  });

  it('where the request was redacted, for the shadow would answer another question', async () => {
    comparator.follow([shadow.url], {
      capture: { request: true, response: true, maxBytes: 1_000, redact: ['$.inputs[*].data'] },
    });
    const request = { kind: 'json' as const, size: 1, body: { inputs: [{ name: 'text', data: null }] } };
    await comparator.compare([served({ capture: { ...served().capture, request } })]);
    expect(await comparator.counts()).toEqual({ 'skipped.redacted': 1 });
  });

  it('where stable had failed: the shadow is asked, and its better answer counts for its error rate', async () => {
    comparator.follow([shadow.url]);
    await comparator.compare([served({ armStatus: 'timeout', capture: { request: served().capture?.request } })]);
    expect(await comparator.counts()).toEqual({ 'skipped.stable-failed': 1 });
    expect(total(await comparator.evidence(), 'error-difference')).toEqual({ n: 1, sum: -1 });
  });

  it('by the sample, the same ones whoever asks, without a word about each', async () => {
    comparator.follow([shadow.url], { sampleBps: 2_000 });
    await comparator.compare(many(200));
    const counts = await comparator.counts();
    expect(counts['compared']).toBeGreaterThan(10);
    expect(counts['compared']).toBeLessThan(90);
    expect((counts['compared'] ?? 0) + (counts['skipped.not-sampled'] ?? 0)).toBe(200);
    expect(await comparator.compared()).toHaveLength(counts['compared'] ?? 0);
  });
});

it('leaves out what is no evidence of the rollout: segments with a version of their own, and versions that were pinned', async () => {
  comparator.follow([shadow.url], { targets: [{ when: { region: ['de'] }, version: 'v3' }] });
  const attributes = { region: 'de' };
  const { rollout: _rollout, stage: _stage, step: _step, ...ofNone } = served({ arm: 'v3', weights: { v3: 10_000 } });
  const pinned = { attributes, reason: 'pinned', propensity: 1, pinned: true } as const;
  await comparator.compare([
    { ...ofNone, attributes, reason: 'target', segment: 'region=de' },
    served(pinned),
    served({ ...pinned, arm: 'v3', answeredBy: 'v3' }),
    served({ attributes: { region: 'eu' } }),
  ]);
  expect(shadow.asked).toHaveLength(1);
  expect(await comparator.counts()).toMatchObject({ compared: 1, matched: 1, 'skipped.pinned': 2 });
  expect(await comparator.compared()).toHaveLength(3);
});

it('compares refusals by their status', async () => {
  shadow.behaviour = { kind: 'answer', status: 400 };
  comparator.follow([shadow.url]);
  await comparator.compare([served(), served({ armHttpStatus: 400, status: 400 })]);
  expect(await comparator.counts()).toEqual({ compared: 2, matched: 1, mismatched: 1, 'output.$status.mismatched': 1 });
});

it('waits for the policy of a record, then goes on', async () => {
  comparator.follow([shadow.url]);
  const ahead = [served({ policyRevision: 7 })];
  await expect(comparator.compare(ahead)).rejects.toThrow(DependencyDown);
  comparator.follow([shadow.url], { revision: 7 });
  await comparator.compare(ahead);
  expect(await comparator.counts()).toMatchObject({ compared: 1 });
});

it('goes on with a stage that is over, also after a restart', async () => {
  comparator.follow([shadow.url]);
  await comparator.compare([served()]);
  const restarted = await comparator.beside();
  restarted.follow([], { revision: 2, slices: [] });
  await restarted.compare([served({ policyRevision: 2 })]);
  await restarted.close();
  expect(await comparator.counts()).toMatchObject({ compared: 1, 'skipped.stage-over': 1 });
});

it('counts each prediction once where two processes take the same chunk, and says so for every one', async () => {
  const other = await comparator.beside();
  for (const one of [comparator, other]) one.follow([shadow.url]);
  const chunk = comparator.chunk(many(100));
  await Promise.all([comparator.cases.compare.compare(chunk), other.cases.compare.compare(chunk)]);
  await other.close();
  expect(await comparator.counts()).toMatchObject({ compared: 100, matched: 100 });
  expect(await comparator.compared()).toHaveLength(100);
  expect(total(await comparator.evidence(), 'result.compared')).toEqual({ n: 100, sum: 100 });
});

/** Sums over all windows of whether a pair agrees, of its unit. */
async function agreementByUnit() {
  const rows = (await comparator.evidence()).filter(({ metric, output }) => metric === 'agreement' && !output);
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    ...{ pairs: sum(({ n }) => n), firsts: sum(({ once }) => once.n), units: sum(({ unitSums }) => unitSums.n) },
    squares: sum(({ unitSums }) => unitSums.yy),
  };
}

it('counts a unit as one, whichever of two processes takes its next prediction', async () => {
  const other = await comparator.beside();
  for (const one of [comparator, other]) one.follow([shadow.url]);
  for (let round = 0; round < 3; round += 1)
    for (const one of [comparator, comparator, other]) await one.compare(many(20));
  await other.close();
  // ten units, each with 18 pairs that agree
  expect(await agreementByUnit()).toEqual({ pairs: 180, firsts: 10, units: 10, squares: 10 * 18 ** 2 });
});

it('counts a unit as before where a transaction failed after it had counted', async () => {
  comparator.follow([shadow.url]);
  await comparator.compare(many(20));
  const chunk = comparator.chunk(many(20));
  await comparator.dataSource.query('alter table totals rename to totals_away');
  await expect(comparator.cases.compare.compare(chunk)).rejects.toThrow(/totals/);
  await comparator.dataSource.query('alter table totals_away rename to totals');
  for (let time = 0; time < 2; time += 1) await comparator.cases.compare.compare(chunk);
  expect(await agreementByUnit()).toEqual({ pairs: 40, firsts: 10, units: 10, squares: 10 * 4 ** 2 });
});

it('counts units whatever they are called', async () => {
  comparator.follow([shadow.url]);
  const names = ['a\0b', 'x\ud800y', 'v2 beside v1 z', '__proto__', '\ufffd', '"\\'];
  for (let time = 0; time < 2; time += 1) await comparator.compare(names.map((unit) => served({ unit })));
  const after = await comparator.beside();
  after.follow([shadow.url]);
  await after.compare(names.map((unit) => served({ unit })));
  await after.close();
  const units = names.length;
  expect(await agreementByUnit()).toEqual({ pairs: 3 * units, firsts: units, units, squares: units * 3 ** 2 });
});

it('loses and doubles nothing when its connections are cut at any moment, twenty times', async () => {
  comparator.follow([shadow.url]);
  const other = await comparator.beside();
  const cut = () =>
    other.dataSource.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
      [comparator.schema],
    );
  let [cuts, random] = [0, 7];
  const events = many(400);
  for (let round = 0; round < 20; round += 1) {
    const chunk = comparator.chunk(events.slice(round * 20, (round + 1) * 20));
    random = (random * 48_271) % 2_147_483_647;
    const work = comparator.cases.compare.compare(chunk).catch(() => (cuts += 1));
    await pause(random % 40);
    await cut();
    await work;
    // delivered again, as often as it takes
    await eventually(() => comparator.cases.compare.compare(chunk).then(() => true));
  }
  await other.close();
  expect(cuts).toBeGreaterThan(0);
  expect(await comparator.counts()).toMatchObject({ compared: 400, matched: 400 });
  expect(new Set((await comparator.compared()).map(({ predictionId }) => predictionId)).size).toBe(400);
  expect(await comparator.compared()).toHaveLength(400);
  expect(total(await comparator.evidence(), 'agreement', { output: undefined })).toEqual({ n: 400, sum: 400 });
});

it('keeps the exemplars with the least hashes, whatever the order and the chunks', async () => {
  shadow.behaviour = { kind: 'answer', body: outputs('ham') };
  comparator.follow([shadow.url]);
  const events = many(40, {}).map((event) => ({ ...event, predictionId: uuidv7() }));
  const kept = async () =>
    (await comparator.reads.exemplars({ rollout, limit: 100 })).map(({ predictionId }) => predictionId);
  await comparator.compare(events.slice(0, 13));
  await comparator.compare(events.slice(13));
  const first = await kept();
  expect(first).toHaveLength(5);
  await comparator.dataSource.query('truncate comparisons, exemplars');
  await comparator.compare([...events].reverse(), { partition: 1 });
  expect(await kept()).toEqual(first);
});

it('costs nothing but a word to the ledger now and then where no policy names a shadow', async () => {
  comparator.follow([], { slices: [] });
  const ledger = () => comparator.dataSource.query<{ next_offset: string }[]>('select next_offset from bus_ledger');
  await comparator.compare(many(5));
  await comparator.compare(many(5));
  expect((await ledger()).map(({ next_offset }) => next_offset)).toEqual(['5']); // the second is not told yet
  expect(shadow.asked).toEqual([]);
  expect(await comparator.dataSource.query('select from comparisons')).toEqual([]);
});
