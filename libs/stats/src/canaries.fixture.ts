// The canaries that specs run, short ones and long ones alike.
import { type GuardrailTest } from './guardrail-plan';
import { type Canary } from './run-canary.fixture';
import { normal } from './numerics/seeded-draws';
import { type Version } from './simulated-canary.fixture';

function version(errorRate: number, correct: number, slower = 1, spread = 0.4): Version {
  return {
    errorRate: () => errorRate,
    latency: (random) => slower * 20 * Math.exp(spread * normal(random)),
    correct: () => correct,
  };
}

export const exampleTests: readonly GuardrailTest[] = [
  { kind: 'errors', metric: 'error-rate', ratio: 1.2 },
  { kind: 'latency', metric: 'latency-p95', quantile: 0.95, ratio: 2 },
  { kind: 'binary', metric: 'correct', direction: 'up', margin: { absolute: 0.02 } },
];

/** The edge of the null: no margin at all. */
export const strictTests: readonly GuardrailTest[] = [
  { kind: 'errors', metric: 'error-rate', ratio: 1, floor: 1e-6 },
  { kind: 'latency', metric: 'latency-p95', quantile: 0.95, ratio: 1 },
  { kind: 'binary', metric: 'correct', direction: 'up', margin: { absolute: 0 } },
];

/** Identical versions, units skewed, one in a hundred always failing; rates, latencies and outcomes drift over the ramp. */
export function identical(predictionsPerWindow: number, tests: readonly GuardrailTest[]): Canary {
  const drifting: Version = {
    errorRate: (at) => 0.01 + 0.02 * at,
    latency: (random, at) => (1 + at) * 20 * Math.exp(0.4 * normal(random)),
    correct: (at) => 0.85 + 0.08 * at,
  };
  return {
    traffic: {
      units: 2_000,
      zipfExponent: 1.1,
      sickShare: 0.01,
      predictionsPerWindow,
      outcomeDelay: 2,
      windowsPerPeriod: 20,
    },
    stable: drifting,
    candidate: drifting,
    steps: [500, 1_000, 2_000, 3_000, 5_000],
    windowsPerStep: 40,
    windows: 200,
    advance: 'time',
    minUnits: 0,
    tests,
  };
}

/** The example's: 20,000 units, 100 predictions/s, outcomes 2 s later in the mean, windows of 1 s, at most 5 minutes. */
function example(candidate: Version, seconds = 300): Canary {
  return {
    traffic: {
      units: 20_000,
      zipfExponent: 0,
      sickShare: 0,
      predictionsPerWindow: 100,
      outcomeDelay: 2,
      windowsPerPeriod: 600,
    },
    stable: version(0, 0.93),
    candidate,
    steps: [500, 1_000, 2_000, 3_000, 5_000],
    windowsPerStep: 2,
    windows: seconds,
    advance: 'evidence',
    minUnits: 100,
    tests: exampleTests,
  };
}

export const betterVersion = example(version(0, 0.975));
export const brokenVersion = example(version(0.03, 0.8, 2.5));
export const sameVersion = example(version(0, 0.93));
export const worseByThreePoints = example(version(0, 0.9));
