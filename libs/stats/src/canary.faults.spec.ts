// Long runs of whole canaries: how often chance rolls back or promotes wrongly, with 99 % bounds, and how long decisions take. Minutes of CPU.
// Sizes: WEIR_STATS_RUNS (default 500), WEIR_STATS_MANY_RUNS (default 5,000).
import {
  betterVersion,
  brokenVersion,
  exampleTests,
  identical,
  sameVersion,
  strictTests,
  worseByThreePoints,
} from './canaries.fixture';
import { evidenceRow } from './evidence-row.fixture';
import { foldWindow, openGuardrail } from './guardrail';
import { type GuardrailPlan, type GuardrailTest } from './guardrail-plan';
import { canaryRunner, plansOf, type Canary, type Outcome } from './run-canary.fixture';
import { randomOf, type Random } from './numerics/seeded-draws';
import { judgeGuardrail } from './verdict';

const few = Number(process.env['WEIR_STATS_RUNS'] ?? 500);
const many = Number(process.env['WEIR_STATS_MANY_RUNS'] ?? 5_000);
const alpha = 0.01;

function runs(canary: Canary, count: number): Outcome[] {
  const run = canaryRunner(canary);
  return Array.from({ length: count }, (_, index) => run(index + 1));
}

/** The greatest probability under which so few of n would still be seen once in a hundred (Clopper-Pearson, by bisection). */
function upperBound(seen: number, n: number): number {
  let [low, high] = [seen / n, 1];
  for (let step = 0; step < 60; step += 1) {
    const p = (low + high) / 2;
    let term = n * Math.log1p(-p);
    let atMost = Math.exp(term);
    for (let k = 1; k <= seen; k += 1) {
      term += Math.log((n - k + 1) / k) + Math.log(p / (1 - p));
      atMost += Math.exp(term);
    }
    if (atMost > 0.01) low = p;
    else high = p;
  }
  return high;
}

const share = (outcomes: readonly Outcome[], end: Outcome['end']): number =>
  outcomes.filter((each) => each.end === end).length / outcomes.length;

function quantile(values: readonly number[], p: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(p * (values.length - 1))] ?? NaN;
}

function say(what: string, numbers: object): void {
  console.log(`${what}: ${JSON.stringify(numbers)}`);
}

describe('canaries-alike: identical versions, skewed units, one in a hundred always failing, everything drifting', () => {
  it(`are rolled back in at most 11 of 500 at the margins of the example`, () => {
    const outcomes = runs(identical(20, exampleTests), few);
    const rolledBack = outcomes.filter(({ end }) => end === 'rolled-back').length;
    say('identical, example margins', { runs: few, rolledBack, upper99: upperBound(rolledBack, few) });
    expect(rolledBack).toBeLessThanOrEqual((11 * few) / 500);
  });

  it(`are rolled back in at most 11 of 500 with no margin at all`, () => {
    const outcomes = runs(identical(20, strictTests), few);
    const rolledBack = outcomes.filter(({ end }) => end === 'rolled-back').length;
    say('identical, no margin', { runs: few, rolledBack, upper99: upperBound(rolledBack, few) });
    expect(rolledBack).toBeLessThanOrEqual((11 * few) / 500);
  });

  it('are rolled back so seldom that the upper 99 % bound is below 1.5 alpha', () => {
    const outcomes = runs(identical(6, strictTests), many);
    const rolledBack = outcomes.filter(({ end }) => end === 'rolled-back').length;
    const upper99 = upperBound(rolledBack, many);
    say('identical, no margin, many', { runs: many, rolledBack, upper99 });
    expect(upper99).toBeLessThan(1.5 * alpha);
  });
});

describe('canaries-example: the example', () => {
  const count = Math.ceil(few / 10);

  it('promotes the better version within 90 s and rolls the broken one back within 45 s', () => {
    const better = runs(betterVersion, count);
    const seconds = better.map(({ windows }) => windows);
    const steps = [0, 1, 2, 3, 4].map((step) =>
      quantile(
        better.map(({ windowsOfSteps }) => windowsOfSteps[step] ?? 0),
        0.5,
      ),
    );
    say('better', {
      promoted: share(better, 'promoted'),
      p50: quantile(seconds, 0.5),
      p90: quantile(seconds, 0.9),
      steps,
    });
    expect(share(better, 'promoted')).toBe(1);
    expect(quantile(seconds, 0.9)).toBeLessThanOrEqual(90);
    const broken = runs(brokenVersion, count);
    const until = broken.map(({ windows }) => windows);
    const [predictions, onCandidate] = [
      quantile(
        broken.map((each) => each.predictions),
        0.5,
      ),
      quantile(
        broken.map((each) => each.candidatePredictions),
        0.5,
      ),
    ];
    say('broken', {
      rolledBack: share(broken, 'rolled-back'),
      p50: quantile(until, 0.5),
      p90: quantile(until, 0.9),
      predictions,
      onCandidate,
    });
    expect(share(broken, 'rolled-back')).toBe(1);
    expect(quantile(until, 0.9)).toBeLessThanOrEqual(45);
  });

  it('rolls an identical version back in none of the runs, and promotes none that is three points worse', () => {
    const same = runs(sameVersion, count);
    say('same', { promoted: share(same, 'promoted'), rolledBack: share(same, 'rolled-back') });
    expect(share(same, 'rolled-back')).toBe(0);
    const worse = runs(worseByThreePoints, count);
    say('worse by three points', { promoted: share(worse, 'promoted'), rolledBack: share(worse, 'rolled-back') });
    expect(share(worse, 'promoted')).toBe(0);
  });
});

describe('canaries-at-margin: a candidate exactly at its margin', () => {
  const steps = [500, 1_000, 2_000, 3_000, 5_000];

  /** So many first values of an arm; every prediction is a unit of its own. */
  type Draw = (
    random: Random,
    arm: 'v1' | 'v2',
    n: number,
  ) => { n: number; sum: number; histogram?: Record<string, number> };

  function coins(random: Random, n: number, rate: number): number {
    let sum = 0;
    for (let each = 0; each < n; each += 1) if (random() < rate) sum += 1;
    return sum;
  }

  /** One guardrail alone: the others pass. Advances as soon as it accepts, for at most 500 windows of 100 predictions. */
  function promoted(plan: GuardrailPlan, random: Random, metric: string, draw: Draw): boolean {
    let state = openGuardrail(plan);
    let step = 0;
    for (let index = 0; index < 500; index += 1) {
      const candidate = steps[step] ?? 0;
      const weights = { v1: 10_000 - candidate, v2: candidate };
      const n = coins(random, 100, candidate / 10_000);
      const rows = [
        evidenceRow({ index, arm: 'v1', metric, weights, step, once: draw(random, 'v1', 100 - n) }),
        evidenceRow({ index, arm: 'v2', metric, weights, step, once: draw(random, 'v2', n) }),
      ];
      state = foldWindow(state, plan, rows);
      if (state.breach) return false;
      if (judgeGuardrail(state, plan, { step: step + 1, steps: steps.length }).accepted) step += 1;
      if (step === steps.length) return true;
    }
    return false;
  }

  const cases: readonly (readonly [string, GuardrailTest, string, Draw])[] = [
    [
      'errors',
      { kind: 'errors', metric: 'error-rate', ratio: 1.2 },
      'error-rate',
      (random, arm, n) => ({ n, sum: coins(random, n, arm === 'v2' ? 0.06 : 0.05) }),
    ],
    [
      'errors near the tolerance',
      { kind: 'errors', metric: 'error-rate', ratio: 1.2 },
      'error-rate',
      (random, arm, n) => ({ n, sum: coins(random, n, arm === 'v2' ? 0.01 : 0.01 / 1.2) }),
    ],
    [
      'correct',
      { kind: 'binary', metric: 'correct', direction: 'up', margin: { absolute: 0.02 } },
      'correct',
      (random, arm, n) => ({ n, sum: coins(random, n, arm === 'v2' ? 0.91 : 0.93) }),
    ],
    [
      'latency',
      { kind: 'latency', metric: 'latency-p95', quantile: 0.95, ratio: 2 },
      'latency',
      // stable's slow twentieth is in bin 300, the candidate's exactly the margin (32 edges) above
      (random, arm, n) => {
        const slow = coins(random, n, 0.05);
        return { n: 0, sum: 0, histogram: { 250: n - slow, [arm === 'v2' ? 332 : 300]: slow } };
      },
    ],
  ];

  it.each(cases)('is promoted at most once in twenty: %s', (what, test, metric, draw) => {
    const [plan] = plansOf([test]);
    if (!plan) throw new Error('no plan');
    const random = randomOf(17);
    let wrong = 0;
    for (let run = 0; run < few; run += 1) if (promoted(plan, random, metric, draw)) wrong += 1;
    say(`at the margin, ${what}`, { runs: few, promoted: wrong, upper99: upperBound(wrong, few) });
    expect(wrong / few).toBeLessThanOrEqual(0.05);
  });
});
