// Shadows judged: what the pairs of a stage amount to, and what becomes of the rollout.
import { type Metric, type RolloutManifest } from '@weir/contracts';
import { advance } from './advance';
import { PairBook, type Pair } from './comparison.fixture';
import { reportOf } from './comparison-report';
import { foldPairs, openJudgement, seeAt, type Judgement } from './judgement';
import { planOf } from './plan';
import { armsOf, type Rollout } from './rollout';
import { chainOf, later, place, rolloutOf, stateOf } from './rollout.fixture';

const metrics: Record<string, Metric> = {
  correct: { type: 'truth', output: 'label', direction: 'up', per: 'prediction', withinMs: 30_000, missing: 'ignore' },
};
const outputs = { label: 'label', score: { absolute: 0.1 } };
const shadow = (stage: object = {}) => ({
  shadow: { minPairs: 200, duration: '10s', maxDuration: '60s', compare: { outputs }, ...stage },
});
const canary = { canary: { steps: ['5%'] } };

const containing = (text: string): unknown => expect.stringContaining(text);
const matching = (form: RegExp): unknown => expect.stringMatching(form);

const rolloutThrough = (spec: RolloutManifest): Rollout => rolloutOf(stateOf('running', place(0, 0)), { spec });
const times = (count: number, pair: (index: number) => Pair): Pair[] =>
  Array.from({ length: count }, (_, n) => pair(n));
const agreeing = (count: number) => times(count, () => ({ agrees: true }));

/** Folds windows and looks, so many milliseconds after the beginning. */
function lookAfter(ms: number, rollout: Rollout, ...windows: (readonly Pair[])[]) {
  const book = new PairBook();
  const judgement = windows.reduce(
    (folded, pairs, index) => foldPairs(folded, book.window(index, pairs)),
    openJudgement(rollout, { metrics }),
  );
  const seen = { ...seeAt(judgement, place(0, 0), rollout.spec), applied: true, torn: undefined };
  const input = { kind: 'look' as const, seen, arms: armsOf(rollout) };
  return { seen, judgement, move: advance(rollout.state, input, planOf(rollout.spec), later(ms)) };
}

const verdictOf = ({ seen }: ReturnType<typeof lookAfter>, name: string, candidate = 'v2') =>
  seen.verdicts.find((each) => each.name === name && each.candidate === candidate);

describe('a shadow whose answers agree', () => {
  const rollout = rolloutThrough(chainOf([shadow(), canary]));

  it('goes on to the next stage at its duration, and says by what', () => {
    const { move } = lookAfter(10_000, rollout, agreeing(300));
    expect(move).toMatchObject({
      state: { phase: 'running', at: { stage: 1, step: 0 } },
      cause: { action: 'advance' },
    });
    expect(move).toMatchObject({ state: { reason: containing('300 pairs of v2 (coverage 100 %)') } });
    expect(move).toMatchObject({ state: { reason: containing('agreement of v2 with v1 is 100 %') } });
  });

  it('completes without a winner where it is the last', () => {
    const alone = rolloutThrough(chainOf([shadow()]));
    expect(lookAfter(10_000, alone, agreeing(300)).move).toMatchObject({
      state: { phase: 'completed', winner: null },
      cause: { action: 'complete', actor: 'guardrails' },
    });
  });

  it.each([
    ['before its duration', 9_999, agreeing(300), 'time: 10 s of 10 s'],
    ['before it has its pairs', 10_000, agreeing(199), 'pairs: 199 of 200 of v2'],
  ])('stays %s', (_when, ms, pairs) => expect(lookAfter(ms, rollout, pairs).move).toEqual({ kind: 'stayed' }));

  it('stays where too little of what could be compared was', () => {
    const strict = rolloutThrough(chainOf([shadow({ minCoverage: '90%', limits: { errorRateDifference: 0.9 } })]));
    const some = [...agreeing(300), ...times(100, () => ({}))];
    expect(lookAfter(10_000, strict, some).move).toEqual({ kind: 'stayed' });
  });

  it('is left to a person at maxDuration where it is undecided, and says what it waited for', () => {
    const { move } = lookAfter(60_000, rollout, agreeing(199));
    expect(move).toMatchObject({ state: { phase: 'paused', pauses: [{ by: 'inconclusive' }] } });
    expect(move).toMatchObject({
      state: { reason: containing('within maxDuration; waited for pairs: 199') },
    });
  });

  it.each([
    ['pause', 'paused'],
    ['fail', 'rolling-back'],
  ])('with onInconclusive: %s is %s at its duration', (onInconclusive, phase) => {
    const told = rolloutThrough(chainOf([shadow({ onInconclusive })]));
    expect(lookAfter(10_000, told, agreeing(10)).move).toMatchObject({ state: { phase } });
  });
});

describe('a shadow that is not as it should be', () => {
  const limits = { meanDifference: { score: 0.02 }, latencyRatio: 1.5, psi: { score: 0.25 }, ks: { score: 0.1 } };
  const limited = (more: object = {}) => rolloutThrough(chainOf([shadow({ limits, ...more }), canary]));
  const cases: [fault: string, name: string, pairs: Pair[]][] = [
    ['disagrees', 'agreement', times(400, (n) => ({ agrees: n % 10 > 0 }))],
    ['fails', 'error-rate-difference', times(600, (n) => (n % 20 > 0 ? { agrees: true } : {}))],
    ['takes twice as long', 'latency-ratio', times(300, (n) => ({ agrees: true, latenciesMs: [5, 9.5 + (n % 2)] }))],
    ['scores higher', 'mean-difference:score', times(500, (n) => ({ agrees: true, difference: 0.04 + (n % 3) / 100 }))],
    ['scores otherwise', 'psi:score', times(1_500, (n) => ({ agrees: true, bins: [n % 4, n % 2] }))],
  ];

  it.each(cases)('goes back when it %s, by %s', (_fault, name, pairs) => {
    const found = lookAfter(1_000, limited(), pairs);
    expect(verdictOf(found, name)).toMatchObject({ verdict: 'fail', breached: true });
    expect(found.move).toMatchObject({ state: { phase: 'rolling-back' }, cause: { actor: `guardrail:${name}` } });
    expect(found.move).toMatchObject({ state: { reason: containing('is broken') } });
  });

  it('goes back when it is right less often, by the outcomes that have come', () => {
    const guardrails = [{ metric: 'correct', margin: { absolute: 0.02 } }];
    const wrong = times(300, (n) => ({ agrees: true, right: [true, n % 5 > 0] }));
    const found = lookAfter(1_000, limited({ guardrails }), wrong);
    expect(verdictOf(found, 'correct')).toMatchObject({ breached: true, sentence: containing('-20 %') });
  });

  it('goes back by a guardrail on errors, each version’s on the same requests', () => {
    const guardrails = [{ metric: 'error-rate', margin: { ratio: 1.2 } }];
    const rollout = rolloutThrough(chainOf([shadow({ guardrails, limits: { errorRateDifference: 0.5 } })]));
    const failing = [0, 1].map(() => times(500, (n) => (n % 10 > 0 ? { agrees: true } : {})));
    expect(verdictOf(lookAfter(1_000, rollout, ...failing), 'error-rate')).toMatchObject({ breached: true });
  });

  it('is found in the one segment in which it is', () => {
    const segmented = limited({ segments: ['region'] });
    const pairs = times(1_200, (n) => {
      const segment = ['region=de', 'region=fr', 'region=it', 'region=us'][n % 4] ?? '';
      return { agrees: true, segment, difference: (n % 4 === 2 ? 0.06 : -0.02) + ((n >> 2) % 3) / 100 };
    });
    const found = verdictOf(lookAfter(1_000, segmented, pairs), 'mean-difference:score');
    expect(found?.sentence).toContain('is broken in region=it');
  });

  it('does not go on because nobody was answered', () => {
    const dead = lookAfter(
      10_000,
      rolloutThrough(chainOf([shadow(), canary])),
      times(500, () => ({})),
    );
    expect(dead.move).toMatchObject({ state: { phase: 'rolling-back' } });
  });
});

it('judges no stage after its own: what comes late takes no canary back', () => {
  const rollout = rolloutThrough(chainOf([shadow(), canary]));
  const { seen } = lookAfter(
    0,
    rollout,
    times(500, () => ({})),
  );
  const at = { ...rollout, state: stateOf('running', place(1, 0)) };
  const input = { kind: 'look' as const, seen: { ...seen, units: { v1: 0, v2: 0 } }, arms: armsOf(rollout) };
  expect(verdictOf({ seen } as never, 'error-rate-difference')).toMatchObject({ breached: true });
  expect(advance(at.state, input, planOf(rollout.spec), later(1_000))).toEqual({ kind: 'stayed' });
});

describe('several shadows', () => {
  const both = rolloutThrough(chainOf([shadow()], { candidates: ['v2', 'v3'] }));
  const bad = times(400, (n) => ({ candidate: 'v3', agrees: n % 2 > 0 }));

  it('end with a report on each where one is left, whatever became of the other', () => {
    const { move, seen } = lookAfter(10_000, both, [...agreeing(400), ...bad]);
    expect(seen.verdicts.filter(({ breached }) => breached).map(({ candidate }) => candidate)).toEqual(['v3']);
    expect(move).toMatchObject({ state: { phase: 'completed', winner: null } });
  });

  it('share alpha with each other and with all tests of all stages', () => {
    expect(new Set(lookAfter(0, both).seen.verdicts.map(({ alpha }) => alpha))).toEqual(new Set([0.01 / 4]));
  });

  it('go back when none is left, for the reasons of all', () => {
    const worse = times(400, (n) => ({ agrees: n % 2 > 0 }));
    const { move } = lookAfter(1_000, both, [...worse, ...bad]);
    expect(move).toMatchObject({ state: { phase: 'rolling-back', reason: matching(/of v2.*of v3/s) } });
  });
});

it('folds each window once, and comes back from where it was kept as it was', () => {
  const rollout = rolloutThrough(chainOf([shadow()]));
  const book = new PairBook();
  const [one, two] = [
    book.window(4, agreeing(10)),
    book.window(
      5,
      times(10, (n) => ({ agrees: n > 0, unit: 'u' })),
    ),
  ];
  const folded = [one, one, two, one, two].reduce<Judgement>(foldPairs, openJudgement(rollout, { metrics }));
  const kept = JSON.parse(JSON.stringify(foldPairs(openJudgement(rollout, { metrics }), one))) as Judgement;
  expect(JSON.parse(JSON.stringify(folded))).toEqual(JSON.parse(JSON.stringify(foldPairs(kept, two))));
  expect(seeAt(folded, place(0, 0), rollout.spec).pairs).toEqual({ v2: { compared: 20, missed: 0 } });
});

it('reports what was seen, limited or not', () => {
  const pairs = times(200, (n) => ({
    agrees: n % 100 > 0,
    difference: 0.01,
    right: [n % 10 > 0, n % 10 > 1] as const,
    latenciesMs: [5, 10] as const,
  }));
  const { judgement } = lookAfter(0, rolloutThrough(chainOf([shadow()])), [...pairs, ...times(50, () => ({}))]);
  const report = judgement.comparison && reportOf(judgement.comparison, { stage: 0, candidate: 'v2' });
  expect(report).toMatchObject({
    pairs: 200,
    coverage: 0.8,
    results: { compared: 200, 'failed.error': 50 },
    agreement: { value: 0.99 },
    outputs: { label: { agreement: { value: 0.99 }, ignored: 0 } },
    errorRates: { baseline: 0, candidate: 0.2 },
    right: { correct: { pairs: 200, onlyBaseline: 20, onlyCandidate: 0, baseline: 0.9, candidate: 0.8 } },
  });
  expect(report?.latencyRatio?.value).toBeCloseTo(2);
});
