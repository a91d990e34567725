// A whole canary for specs: simulated windows through the real counting, folded and judged as the controller does.
import { foldWindow, openGuardrail, type GuardrailState } from './guardrail';
import { splitAlpha, type GuardrailPlan, type GuardrailTest } from './guardrail-plan';
import { type Random } from './numerics/seeded-draws';
import { simulateCanary, zipf, type Traffic, type Version } from './simulated-canary.fixture';
import { judgeGuardrail, type GuardrailVerdict } from './verdict';

export interface Canary {
  readonly traffic: Traffic;
  readonly stable: Version;
  readonly candidate: Version;
  /** Basis points. */
  readonly steps: readonly number[];
  /** Windows of a step: exactly so many where time advances, at least so many where evidence does. */
  readonly windowsPerStep: number;
  readonly windows: number;
  readonly advance: 'time' | 'evidence';
  readonly minUnits: number;
  readonly tests: readonly GuardrailTest[];
}

export interface Outcome {
  readonly end: 'promoted' | 'rolled-back' | 'undecided';
  /** Windows until then. */
  readonly windows: number;
  readonly predictions: number;
  readonly candidatePredictions: number;
  readonly windowsOfSteps: readonly number[];
  readonly states: readonly GuardrailState[];
  readonly verdicts: readonly GuardrailVerdict[];
}

export function plansOf(tests: readonly GuardrailTest[], alpha = 0.01): GuardrailPlan[] {
  return tests.map((test) => ({
    test,
    baseline: 'v1',
    candidate: 'v2',
    stage: 0,
    alpha: splitAlpha(alpha, 1, tests.length),
    beta: 0.05,
    mustPass: true,
    minUnits: 100,
  }));
}

/** Runs canaries of one kind; the table of units is made once. */
export function canaryRunner(canary: Canary): (seed: number) => Outcome {
  const draw = zipf(canary.traffic.units, canary.traffic.zipfExponent);
  return (seed) => run(canary, seed, draw);
}

function run(canary: Canary, seed: number, draw: (random: Random) => number): Outcome {
  const { stable, candidate, steps, traffic } = canary;
  const plans = plansOf(canary.tests);
  const simulated = simulateCanary(seed, traffic, { stable, candidate }, draw);
  let states = plans.map(openGuardrail);
  let [step, since, candidatePredictions] = [0, 0, 0];
  const units: Record<string, number> = {};
  const windowsOfSteps: number[] = [];
  for (let window = 0; window < canary.windows; window += 1) {
    const rows = simulated.next({ step, weightBps: steps[step] ?? 0 }, window / canary.windows);
    for (const row of rows.filter(({ metric }) => metric === 'error-rate')) {
      units[row.arm] = (units[row.arm] ?? 0) + row.inPeriod.n;
      if (row.arm === 'v2') candidatePredictions += row.n;
    }
    states = states.map((state, index) => foldWindow(state, plans[index] as GuardrailPlan, rows));
    const judged = (): GuardrailVerdict[] =>
      states.map((state, index) =>
        judgeGuardrail(state, plans[index] as GuardrailPlan, {
          step: Math.min(step + 1, steps.length),
          steps: steps.length,
        }),
      );
    const ended = (end: Outcome['end']): Outcome => {
      const predictions = (window + 1) * traffic.predictionsPerWindow;
      return {
        end,
        windows: window + 1,
        predictions,
        candidatePredictions,
        windowsOfSteps,
        states,
        verdicts: judged(),
      };
    };
    if (states.some(({ breach }) => breach)) return ended('rolled-back');
    const elapsed = window + 1 - since;
    const enough = ['v1', 'v2'].every((arm) => (units[arm] ?? 0) >= canary.minUnits);
    if (
      elapsed >= canary.windowsPerStep &&
      enough &&
      (canary.advance === 'time' || judged().every((each) => each.accepted))
    ) {
      windowsOfSteps.push(elapsed);
      [step, since] = [step + 1, window + 1];
      for (const arm of Object.keys(units)) units[arm] = 0;
      if (step === steps.length) return ended('promoted');
    }
    if (window + 1 === canary.windows) return ended('undecided');
  }
  throw new RangeError('a canary of no windows');
}
