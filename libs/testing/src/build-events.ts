// Events for specs: valid by their contracts, plain unless a spec says otherwise.
import {
  type Evidence,
  evidence,
  type KeyPublished,
  keyPublished,
  type OutcomeJoined,
  outcomeJoined,
  type OutcomeReported,
  outcomeReported,
  type PolicyApplied,
  policyApplied,
  type PolicyPublished,
  policyPublished,
  type PolicySlice,
  type PredictionRequested,
  predictionRequested,
  type PredictionServed,
  predictionServed,
  type RolloutChanged,
  rolloutChanged,
} from '@weir/contracts';
import { randomUUID } from 'node:crypto';

const at = '2026-01-01T00:00:00.000Z';
const rollout = '01940000-0000-7000-8000-000000000001';
const inCanary = { rollout, stage: 0, step: 0, epoch: 1, weights: { v1: 9_000, v2: 1_000 } };

export function buildPredictionRequested(some: Partial<PredictionRequested> = {}): PredictionRequested {
  const inputs = [{ name: 'text', shape: [1], datatype: 'BYTES', data: ['hello'] }];
  return predictionRequested.schema.parse({ predictionId: randomUUID(), model: 'spam', request: { inputs }, ...some });
}

/** Served by stable within a canary of 10 %, by unit. */
export function buildPredictionServed(some: Partial<PredictionServed> = {}): PredictionServed {
  const arm = some.arm ?? 'v1';
  const weights: PredictionServed['weights'] = some.weights ?? inCanary.weights;
  return predictionServed.schema.parse({
    ...inCanary,
    predictionId: randomUUID(),
    model: 'spam',
    arm,
    armStatus: 'ok',
    armHttpStatus: 200,
    armLatencyMs: 10,
    answeredBy: arm,
    propensity: (weights[arm] ?? 10_000) / 10_000,
    assignment: 'unit',
    policyRevision: 1,
    unit: 'unit-1',
    attributes: {},
    reason: 'weights',
    status: 200,
    latencyMs: 11,
    servedAt: at,
    ...some,
  });
}

export function buildOutcomeReported(some: Partial<OutcomeReported> = {}): OutcomeReported {
  return outcomeReported.schema.parse({ predictionId: randomUUID(), metric: 'correct', value: true, ...some });
}

export function buildOutcomeJoined(some: Partial<OutcomeJoined> = {}): OutcomeJoined {
  return outcomeJoined.schema.parse({
    ...inCanary,
    predictionId: randomUUID(),
    model: 'spam',
    arm: 'v1',
    answeredBy: 'v1',
    fallback: false,
    unit: 'unit-1',
    metric: 'correct',
    value: 1,
    state: 'joined',
    revision: 0,
    propensity: 0.9,
    context: {},
    servedAt: at,
    countedAt: at,
    delayMs: 0,
    ...some,
  });
}

/** One window in which nothing was counted. */
export function buildEvidence(some: Partial<Evidence> = {}): Evidence {
  const none = { n: 0, sum: 0 };
  return evidence.schema.parse({
    ...inCanary,
    model: 'spam',
    period: 0,
    segment: null,
    arm: 'v1',
    metric: 'error-rate',
    window: { index: 0, from: at, to: '2026-01-01T00:00:01.000Z' },
    sequence: 1,
    final: false,
    ...none,
    sumSquares: 0,
    newUnits: 0,
    once: none,
    inPeriod: none,
    unitSums: { n: 0, y: 0, d: 0, yy: 0, yd: 0, dd: 0, x: 0, xx: 0, xy: 0, xd: 0 },
    excluded: { pinned: 0, excluded: 0, cancelled: 0, missing: 0, late: 0 },
    ...some,
  });
}

/** A canary of 10 % on all units. */
export function buildSlice(some: Partial<PolicySlice> = {}): PolicySlice {
  return {
    rollout,
    name: 'spam',
    stage: 0,
    kind: 'canary',
    step: 0,
    from: 0,
    to: 10_000,
    epoch: 1,
    salt: 'rollout-salt',
    baseline: 'v1',
    arms: { v1: 9_000, v2: 1_000 },
    assign: 'unit',
    shadows: [],
    period: { base: 0, startedAt: at },
    windowMs: 1_000,
    spec: {},
    ...some,
  };
}

/** Two versions, v1 stable, one instance each, no rollout. */
export function buildPolicy(some: Partial<PolicyPublished> = {}): PolicyPublished {
  const version = (port: number) => ({
    modelName: 'spam',
    instances: [{ url: `http://127.0.0.1:${port}`, state: 'in-service' as const }],
  });
  return policyPublished.schema.parse({
    model: 'spam',
    revision: 1,
    epoch: 1,
    state: 'active',
    protocol: 'open-inference',
    timeoutMs: 2_000,
    stable: 'v1',
    versions: { v1: version(9_101), v2: version(9_102) },
    salt: 'model-salt',
    metrics: {
      correct: {
        type: 'truth',
        output: 'label',
        direction: 'up',
        per: 'prediction',
        withinMs: 30_000,
        missing: 'ignore',
      },
    },
    capture: { request: false, response: true, maxBytes: 65_536, redact: [] },
    slices: [],
    targets: [],
    lists: {},
    publishedAt: at,
    ...some,
  });
}

export function buildPolicyApplied(some: Partial<PolicyApplied> = {}): PolicyApplied {
  const models = { spam: { revision: 1, source: 'live' } };
  return policyApplied.schema.parse({ router: 'router-1', models, state: 'serving', at, ...some });
}

export function buildRolloutChanged(some: Partial<RolloutChanged> = {}): RolloutChanged {
  const to = { state: 'running', stage: 0, step: 0, weights: { v1: 9_000, v2: 1_000 } };
  const move = { actor: 'ada', action: 'submit', reason: 'a better model', revision: 1, at };
  return rolloutChanged.schema.parse({ rollout, model: 'spam', to, ...move, ...some });
}

export function buildKeyPublished(some: Partial<KeyPublished> = {}): KeyPublished {
  const sha256 = '0'.repeat(64);
  return keyPublished.schema.parse({ id: 'k1', name: 'a key', sha256, role: 'viewer', state: 'active', at, ...some });
}
