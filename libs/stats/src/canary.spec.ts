// Whole canaries, counted, folded and judged: what is promoted, what is rolled back, and how seldom by chance. Longer runs: canary.faults.spec.ts.
import { betterVersion, brokenVersion, exampleTests, identical, worseByThreePoints } from './canaries.fixture';
import { foldWindow, openGuardrail, type GuardrailState } from './guardrail';
import { type GuardrailPlan, type GuardrailTest } from './guardrail-plan';
import { canaryRunner, plansOf } from './run-canary.fixture';
import { randomOf } from './numerics/seeded-draws';
import { simulateCanary, type Version } from './simulated-canary.fixture';
import { judgeGuardrail } from './verdict';

const seeds = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

it('promotes a better version by evidence in about a minute of the traffic of the example', () => {
  const outcome = canaryRunner(betterVersion)(1);
  expect(outcome.end).toBe('promoted');
  expect(outcome.windows).toBeLessThanOrEqual(80);
  expect(outcome.verdicts.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass']);
});

it('rolls a broken version back while it has a twentieth of the traffic', () => {
  const runs = seeds(3).map(canaryRunner(brokenVersion));
  expect(runs.map(({ end, windowsOfSteps }) => [end, windowsOfSteps.length])).toEqual(
    runs.map(() => ['rolled-back', 0]),
  );
  expect(Math.max(...runs.map(({ windows }) => windows))).toBeLessThanOrEqual(60);
});

it('does not promote a version that is three points worse', () => {
  expect(canaryRunner({ ...worseByThreePoints, windows: 100 })(1).end).not.toBe('promoted');
});

it('does not roll identical versions back, whatever drifts, through 200 looks', () => {
  const runs = seeds(6).map(canaryRunner(identical(20, exampleTests)));
  expect(runs.map(({ end }) => end)).toEqual(runs.map(() => 'promoted'));
});

it('finds a fault that begins late, when every unit has been counted in the rollout, in a period', () => {
  const traffic = {
    units: 300,
    zipfExponent: 0,
    sickShare: 0,
    predictionsPerWindow: 60,
    outcomeDelay: 1,
    windowsPerPeriod: 50,
  };
  const good: Version = { errorRate: () => 0, latency: () => 20, correct: () => 0.93 };
  const late: Version = { ...good, correct: (at) => (at < 0.5 ? 0.93 : 0.5) };
  const plan = plansOf(exampleTests.slice(2))[0] as GuardrailPlan;
  const simulated = simulateCanary(5, traffic, { stable: good, candidate: late });
  let state = openGuardrail(plan);
  for (let window = 0; window < 300 && !state.breach; window += 1)
    state = foldWindow(state, plan, simulated.next({ step: 0, weightBps: 3_000 }, window / 300));
  expect(state.breach).toMatchObject({ scope: 'period' });
  expect(state.breach?.window).toBeGreaterThanOrEqual(150);
  expect(state.breach?.window).toBeLessThan(200);
});

describe('what was folded', () => {
  const numeric = { kind: 'numeric', metric: 'correct', direction: 'up', margin: { absolute: 0.02 } } as const;
  const tests: readonly GuardrailTest[] = [...exampleTests, numeric, { ...numeric, bounds: [0, 1] }];
  const plans = plansOf(tests);
  const draw = randomOf(9);
  const canary = simulateCanary(3, { ...betterVersion.traffic, units: 2_000, windowsPerPeriod: 5 }, betterVersion);
  const windows = Array.from({ length: 24 }, (_, index) =>
    canary.next({ step: Math.floor(index / 8), weightBps: 500 * (1 + Math.floor(index / 8)) }, 0),
  );

  it('goes on identically after its state was written down and read again', () => {
    for (const plan of plans) {
      const fold = (state: GuardrailState, rows: (typeof windows)[number]) => foldWindow(state, plan, rows);
      const kept = windows.reduce(fold, openGuardrail(plan));
      const reread = windows.reduce(
        (state, rows) => JSON.parse(JSON.stringify(fold(state, rows))) as GuardrailState,
        openGuardrail(plan),
      );
      expect(JSON.stringify(reread)).toBe(JSON.stringify(kept));
      const at = { step: 2, steps: 5 };
      expect(JSON.stringify(judgeGuardrail(reread, plan, at))).toBe(JSON.stringify(judgeGuardrail(kept, plan, at)));
    }
  });

  it('does not depend on the order of the rows within a window, nor on the order in which weights are named', () => {
    for (const plan of plans) {
      const shuffled = windows.map((rows) =>
        rows
          .map((row) => ({
            order: draw(),
            row: { ...row, weights: Object.fromEntries(Object.entries(row.weights).reverse()) },
          }))
          .sort((a, b) => a.order - b.order)
          .map(({ row }) => row),
      );
      const fold = (state: GuardrailState, rows: (typeof windows)[number]) => foldWindow(state, plan, rows);
      const [kept, other] = [windows, shuffled].map((all) => all.reduce(fold, openGuardrail(plan)));
      expect(JSON.stringify(other)).toBe(JSON.stringify(kept));
    }
  });
});
