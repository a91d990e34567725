// Plans: what a canary would take, from traffic and margins alone.
import { type GuardrailPlan, type GuardrailTest } from './guardrail-plan';
import { planCanary, planCanarySlices } from './plan-canary';
import { type CanaryQuestion } from './plan-question';
import { exampleTests } from './canaries.fixture';

interface Some extends Partial<CanaryQuestion> {
  /** Of each step. */
  readonly everyMs?: number;
}

function question(
  { everyMs = 2_000, ...some }: Some = {},
  tests: readonly GuardrailTest[] = exampleTests,
): CanaryQuestion {
  const guardrails = tests.map((test): GuardrailPlan => ({
    test,
    baseline: 'v1',
    candidate: 'v2',
    alpha: 0.01 / 3,
    beta: 0.05,
    mustPass: false,
    minUnits: 100,
  }));
  return {
    steps: [500, 1_000, 2_000, 3_000, 5_000].map((weightBps) => ({ weightBps, leastMs: everyMs })),
    advance: 'evidence',
    minUnits: 100,
    guardrails,
    unitsPerSecond: 90,
    predictionsPerSecond: 100,
    stable: { errorRate: 0, latencySpread: 0.4, metrics: { correct: { mean: 0.93 } } },
    ...some,
  };
}

it('says for the example how long each step takes and how fast a fault is found', () => {
  const plan = planCanary(question());
  expect(plan.steps.map(({ ms }) => ms.median !== null)).toEqual([true, true, true, true, true]);
  expect(plan.steps[0]?.ms.median).toBeGreaterThan(20_000);
  expect(plan.detection.map(({ metric, fault }) => [metric, fault])).toEqual([
    ['error-rate', 'errors in 0.24 % of the units'],
    ['latency-p95', 'latency 4 times as long'],
    ['correct', 'correct -0.04'],
  ]);
  expect(plan.detection[1]?.ms.median).toBeLessThan(60_000);
});

it('says the same for the same seed, within a second', () => {
  const started = performance.now();
  const plan = planCanary(question({ seed: 5 }));
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(planCanary(question({ seed: 5 }))).toEqual(plan);
});

it('warns when the traffic cannot show the margins within the longest step', () => {
  const plan = planCanary(
    question({ unitsPerSecond: 0.01, predictionsPerSecond: 1, minUnits: 10, maxStepMs: 3_600_000 }),
  );
  expect(plan.totalMs.median).toBeNull();
  expect(plan.warnings[0]).toContain(
    'Step 1 (5 %) is not passed within 60 min in most runs: 10 units of each arm take longer',
  );
  expect(
    plan.warnings.some((each) => each.includes('would not show a fault of twice the margin (correct -0.04)')),
  ).toBe(true);
});

it('warns when a step by time ends before a fault would be seen', () => {
  const plan = planCanary(question({ advance: 'time', everyMs: 10_000, minUnits: 0 }));
  expect(plan.steps.map(({ ms, heldBy }) => [Math.round((ms.median ?? 0) / 1000), heldBy])).toEqual(
    Array.from({ length: 5 }, () => [10, 'every']),
  );
  expect(plan.warnings.join('\n')).toContain('which ends after 10 s');
});

it('takes the time that a step itself has, and lets a person end what a person ends', () => {
  const steps = [
    { weightBps: 500, leastMs: 300 },
    { weightBps: 1_000, leastMs: 90_500 },
    { weightBps: 2_000, leastMs: 4_000, byHand: true },
  ];
  const plan = planCanary(question({ steps, advance: 'time', minUnits: 0, maxStepMs: 10_000 }));
  expect(plan.steps.map(({ ms }) => ms)).toEqual([300, 90_500, 4_000].map((ms) => ({ median: ms, p90: ms })));
  const unanswered = planCanary(question({ steps: steps.slice(2), unitsPerSecond: 0.01, maxStepMs: 10_000 }));
  expect(unanswered.steps[0]?.ms.median).toBe(4_000);
});

it('waits by time for what must pass, and by evidence for nothing else', () => {
  const { guardrails, ...rest } = question({ everyMs: 1_000, minUnits: 0 });
  const marked = guardrails.map((plan, index) => ({ ...plan, mustPass: index === 2 }));
  const first = (some: Partial<CanaryQuestion>) =>
    planCanary({ ...rest, ...some, guardrails: some.guardrails ?? guardrails });
  const byTime = first({ advance: 'time' }).steps[0];
  expect([byTime?.ms.median, byTime?.heldBy]).toEqual([1_000, 'every']);
  const held = first({ advance: 'time', guardrails: marked }).steps[0];
  expect(held?.heldBy).toBe('correct');
  expect(held?.ms.median).toBeGreaterThan(1_000);
  const ofQuery = first({ advance: 'evidence', marksAnother: true }).steps[0];
  expect([ofQuery?.ms.median, ofQuery?.heldBy]).toEqual([1_000, 'every']);
});

it('comes in slices, and is the same', () => {
  const slices = planCanarySlices(question());
  let [count, longestMs] = [0, 0];
  for (;;) {
    const begun = performance.now();
    const { done, value } = slices.next();
    longestMs = Math.max(longestMs, performance.now() - begun);
    if (done) {
      expect(value).toEqual(planCanary(question()));
      break;
    }
    count += 1;
  }
  expect(count).toBeGreaterThan(1_000);
  expect(longestMs).toBeLessThan(1_000); // a few milliseconds; the whole is a hundred times as long
});

it('names a metric that nothing is known of', () => {
  const stable = { errorRate: 0.01, latencySpread: 0.4, metrics: {} };
  expect(planCanary(question({ stable, maxStepMs: 60_000 })).warnings.join('\n')).toContain(
    'Nothing is known of correct of stable',
  );
});

it('plans numeric metrics, bounded or not', () => {
  const numeric = { kind: 'numeric', metric: 'revenue', direction: 'up', margin: { absolute: 0.2 } } as const;
  for (const test of [numeric, { ...numeric, bounds: [0, 4] as const }]) {
    const stable = {
      errorRate: 0.01,
      latencySpread: 0.4,
      metrics: { revenue: { mean: 2, deviation: 0.5, share: 0.5 } },
    };
    const plan = planCanary(question({ stable }, [test]));
    expect(plan.totalMs.median).not.toBeNull();
    expect(plan.detection[0]?.ms.median).not.toBeNull();
  }
});
