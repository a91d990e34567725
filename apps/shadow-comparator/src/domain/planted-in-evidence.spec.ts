// What is planted in a shadow's answers is found by its name and its size in the evidence that a verdict would rest on.
import { type Evidence, type PredictionServed } from '@weir/contracts';
import { openBook } from '@weir/stats';
import { buildPolicy, buildPredictionServed, buildSlice } from '@weir/testing';
import { answer, tensor } from './answers.fixture';
import { judgeOf, judgePair, type Comparison } from './comparison';
import { countComparison } from './count-comparison';
import { evidenceOf } from './evidence-window';
import { planPair } from './pair-plan';
import { emptyProfile, observeItems } from './profile';
import { binsIn } from './profile-bins';
import { shadowedStages } from './shadowed-stage';

const at = '2026-11-23T00:00:00.000Z';

interface Planted {
  /** Answers of stable and shadow to the pair of this number. */
  readonly say: (index: number) => readonly [unknown, unknown];
  readonly rules?: object;
  readonly region?: (index: number) => string;
  readonly latencyMs?: readonly [number, number];
  readonly pairs?: number;
}

function counted({ say, rules = {}, region, latencyMs: [stableMs, shadowMs] = [10, 10], pairs = 1_000 }: Planted) {
  const slice = buildSlice({
    ...{ kind: 'shadow', arms: { v1: 10_000 }, shadows: [{ version: 'v2', sampleBps: 10_000 }] },
    spec: { compare: rules, segments: region ? ['region'] : [] },
  });
  const [stage] = shadowedStages(buildPolicy({ slices: [slice] }));
  if (!stage) throw new Error('the policy has a shadow');
  const judge = judgeOf(stage);
  const [profile, book] = [emptyProfile(), openBook()];
  const comparisons: Comparison[] = [];
  for (let index = 0; index < pairs; index += 1) {
    const [stable, shadow] = say(index);
    const event = eventOf(index, stable, stableMs, region?.(index));
    const plan = planPair(
      event,
      stage,
      { version: 'v2', sampleBps: 10_000 },
      { nowMs: Date.parse(at), maxAgeMs: 1_000 },
    );
    if (plan.kind !== 'ask') throw new Error(`skipped: ${plan.reason}`);
    const text = typeof shadow === 'string' ? shadow : JSON.stringify(shadow);
    const said = { kind: 'answered', status: 200, text, latencyMs: shadowMs } as const;
    const one = judgePair({ event, judge, shadow: 'v2', comparedAt: at }, plan, said);
    comparisons.push(one);
    countComparison(book, one, 0, observeItems(profile, one.event.segment, one.items));
  }
  const window = { index: 0, fromMs: 0, toMs: 1_000 };
  const binsOf = binsIn(new Map([[`${stage.stage}/v2`, profile]]));
  return {
    rows: evidenceOf({ rollout: 'r', attempt: 1, model: 'm' }, window, [...book.rows.values()], binsOf),
    comparisons,
  };
}

function eventOf(index: number, stable: unknown, armLatencyMs: number, region = 'eu'): PredictionServed {
  return buildPredictionServed({
    ...{ predictionId: `p-${index}`, unit: `unit-${index}`, servedAt: at, armLatencyMs, attributes: { region } },
    ...{ weights: { v1: 10_000 } },
    capture: { request: { kind: 'json', size: 2, body: {} }, response: { kind: 'json', size: 1, body: stable } },
  });
}

const sums = (rows: readonly Evidence[], metric: string, some: Partial<Evidence> = {}) => {
  const fit = rows.filter((row) =>
    Object.entries({ metric, ...some }).every(([field, value]) => (row as Record<string, unknown>)[field] === value),
  );
  return { n: fit.reduce((n, row) => n + row.n, 0), sum: fit.reduce((sum, row) => sum + row.sum, 0) };
};

const differences = (comparisons: readonly Comparison[], output: string) =>
  comparisons
    .filter(({ event }) => event.outputs[output]?.verdict === 'mismatched')
    .map(({ event }) => event.outputs[output]?.difference);

it('another label in 1 % of the answers: an agreement of 99 %, and which labels went over', () => {
  const label = (index: number) => (index % 2 ? 'spam' : 'ham');
  const { rows, comparisons } = counted({
    say: (index) => [
      answer(tensor('label', [label(index)])),
      answer(tensor('label', [index % 100 === 7 ? 'ham' : label(index)])),
    ],
    rules: { outputs: { label: 'label' } },
  });
  expect(sums(rows, 'agreement', { output: 'label' })).toEqual({ n: 1_000, sum: 990 });
  expect(new Set(differences(comparisons, 'label'))).toEqual(new Set(['label']));
  const flips = comparisons.flatMap(({ flips: { label: all = [] } }) => all.filter(({ from, to }) => from !== to));
  expect(flips).toEqual(Array.from({ length: 10 }, () => ({ from: 'spam', to: 'ham', count: 1 })));
});

it('scores 2 % higher in one segment: the difference and its share of the pairs there, nothing elsewhere, and as drift of the whole', () => {
  const region = (index: number) => (index % 4 === 0 ? 'us' : 'eu');
  const score = (index: number) => ((index * 7_919) % 1_000) / 1_000 + 1;
  const { rows } = counted({
    say: (index) => {
      const shift = region(index) === 'us' ? 1.02 : 1;
      return [answer(tensor('score', [score(index)])), answer(tensor('score', [score(index) * shift]))];
    },
    ...{ rules: { outputs: { score: { relative: 0.01 } } }, region, pairs: 2_000 },
  });
  expect(sums(rows, 'agreement', { output: 'score', segment: 'region=eu' })).toEqual({ n: 1_500, sum: 1_500 });
  expect(sums(rows, 'agreement', { output: 'score', segment: 'region=us' })).toEqual({ n: 500, sum: 0 });
  const us = sums(rows, 'difference', { segment: 'region=us' });
  expect(us.sum / us.n).toBeCloseTo(0.02 * 1.4995, 3);
  expect(sums(rows, 'difference', { segment: 'region=eu' }).sum).toBeCloseTo(0, 9);
  const histogram = (segment: string, arm: string) =>
    rows.find((row) => row.metric === 'distribution' && row.segment === segment && row.arm === arm)?.histogram;
  expect(histogram('region=eu', 'v1')).toEqual(histogram('region=eu', 'v2'));
  expect(histogram('region=us', 'v1')).not.toEqual(histogram('region=us', 'v2'));
});

it('a list in another order: its rule, and how far the orders agree', () => {
  const { rows, comparisons } = counted({
    say: (index) => [
      answer(tensor('hits', ['a', 'b', 'c', 'd'])),
      answer(tensor('hits', index % 10 ? ['a', 'b', 'c', 'd'] : ['d', 'c', 'b', 'a'])),
    ],
    ...{ rules: { outputs: { hits: { ranking: { top: 4 } } } }, pairs: 200 },
  });
  expect(sums(rows, 'agreement', { output: 'hits' })).toEqual({ n: 200, sum: 180 });
  expect(new Set(differences(comparisons, 'hits'))).toEqual(new Set(['order']));
  expect(comparisons[0]?.event.outputs['hits']).toMatchObject({ tau: -1, overlap: 1, rule: 'ranking' });
});

it('numbers that are none: not-finite, with how many of the values, in a bin of their own', () => {
  const broken = '{"outputs":[{"name":"score","datatype":"FP64","shape":[2],"data":[0.5,NaN]}]}';
  const { rows, comparisons } = counted({
    say: (index) => [
      answer(tensor('score', [0.5, index / 2_000])),
      index >= 900 && index % 5 === 0 ? broken : answer(tensor('score', [0.5, index / 2_000])),
    ],
    rules: { outputs: { score: { absolute: 10 } } },
  });
  expect(sums(rows, 'agreement', { output: 'score' })).toEqual({ n: 1_000, sum: 980 });
  expect(new Set(differences(comparisons, 'score'))).toEqual(new Set(['not-finite']));
  expect(comparisons[900]?.event.outputs['score']).toMatchObject({ differing: 1, items: 2 });
  const distribution = rows.find(({ metric, arm }) => metric === 'distribution' && arm === 'v2');
  const edges = distribution?.bins && 'edges' in distribution.bins ? distribution.bins.edges : [];
  expect(distribution?.histogram?.[String(edges.length + 1)]).toBe(20);
});

it('a field that is missing in one of fifty answers: missing, of that field, and the others agree', () => {
  const { rows, comparisons } = counted({
    say: (index) => {
      const label = tensor('label', ['a']);
      return [answer(label, tensor('score', [1])), index % 50 ? answer(label, tensor('score', [1])) : answer(label)];
    },
  });
  expect(sums(rows, 'agreement', { output: 'score' })).toEqual({ n: 1_000, sum: 980 });
  expect(sums(rows, 'agreement', { output: 'label' })).toEqual({ n: 1_000, sum: 1_000 });
  expect(new Set(differences(comparisons, 'score'))).toEqual(new Set(['missing']));
});

it('twice the latency: the mean of the logarithm of the ratio is ln 2, and both are told', () => {
  const same = answer(tensor('label', ['a']));
  const { rows } = counted({ say: () => [same, same], latencyMs: [12, 24], pairs: 300 });
  const ratio = sums(rows, 'latency-ratio');
  expect(ratio.n).toBe(300);
  expect(Math.exp(ratio.sum / ratio.n)).toBeCloseTo(2, 4);
  expect(sums(rows, 'latency', { arm: 'v1' })).toEqual({ n: 300, sum: 3_600 });
  expect(sums(rows, 'latency', { arm: 'v2' })).toEqual({ n: 300, sum: 7_200 });
  expect(sums(rows, 'agreement', { output: undefined })).toEqual({ n: 300, sum: 300 });
});
