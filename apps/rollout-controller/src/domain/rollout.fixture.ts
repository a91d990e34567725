// Rollouts and models for specs of the domain.
import { modelManifest, rolloutManifest, type RolloutManifest } from '@weir/contracts';
import { type Input } from './advance';
import { type Model } from './model';
import { type Phase, type Place, type Rollout, type RolloutState } from './rollout';
import { type Seen, type Verdict } from './verdict';

export const noon = '2026-11-23T12:00:00.000Z';

export const later = (ms: number): string => new Date(Date.parse(noon) + ms).toISOString();

export const place = (stage: number, step: number): Place => ({
  stage,
  step,
  startedAt: noon,
  periodBase: 0,
  maxStepFrom: noon,
});

export function specOf(...stages: readonly string[][]): RolloutManifest {
  return canaryOf(...stages.map((steps) => ({ steps })));
}

/** A rollout of v2 through canary stages, as a manifest writes them. */
export function canaryOf(...stages: readonly object[]): RolloutManifest {
  return rolloutManifest.parse({
    model: 'spam-filter',
    candidates: ['v2'],
    stages: stages.map((canary) => ({ canary })),
  });
}

/** A rollout of v2 through these stages, as a manifest writes them. */
export function chainOf(stages: readonly object[], changes: object = {}): RolloutManifest {
  return rolloutManifest.parse({ model: 'spam-filter', candidates: ['v2'], stages, ...changes });
}

/** A state of each phase, at the given place. */
export function stateOf(phase: Phase, at: Place = place(0, 0)): RolloutState {
  const every = { attempt: 1, reason: 'so it was' };
  switch (phase) {
    case 'pending':
    case 'queued':
      return { ...every, phase };
    case 'completed':
      return { ...every, phase, at, winner: 'v2' };
    case 'paused':
      return { ...every, phase, at, pauses: [{ by: 'person', reason: 'so it was', since: noon }] };
    case 'running':
    case 'rolling-back':
    case 'rolled-back':
    case 'superseded':
      return { ...every, phase, at };
  }
}

export function rolloutOf(state: RolloutState, changes: Partial<Rollout> = {}): Rollout {
  return {
    id: 'rollout-1',
    name: 'spam-filter',
    model: 'spam-filter',
    spec: specOf(['5%', '10%', '50%']),
    state,
    revision: 1,
    baseline: 'v1',
    salt: 'r-salt',
    policyRevision: 1,
    createdAt: noon,
    updatedAt: noon,
    ...changes,
  };
}

export function modelOf(changes: Partial<Model> = {}, manifest: object = {}): Model {
  return {
    name: 'spam-filter',
    manifest: modelManifest.parse({
      stable: 'v1',
      versions: {
        v1: { instances: ['http://127.0.0.1:9101'] },
        v2: { instances: ['http://127.0.0.1:9102'], modelName: 'spam-filter-v2', modelVersion: '1' },
        v3: { instances: ['http://127.0.0.1:9103'] },
      },
      ...manifest,
    }),
    stable: 'v1',
    stableHistory: [],
    targets: [],
    salt: 'm-salt',
    state: 'active',
    createdAt: noon,
    updatedAt: noon,
    ...changes,
  };
}

/** Nothing wrong and nothing shown: as many units as are needed, routers in step. */
export function seenOf(changes: Partial<Seen> = {}): Seen {
  return {
    verdicts: [],
    sampleRatio: { verdict: 'pass', sentence: 'the shares are as asked' },
    units: { v1: 1_000, v2: 1_000 },
    pairs: {},
    applied: true,
    torn: undefined,
    ...changes,
  };
}

export function verdictOf(changes: Partial<Verdict> = {}): Verdict {
  return {
    stage: 0,
    name: 'error-rate',
    candidate: 'v2',
    verdict: 'inconclusive',
    breached: false,
    accepted: false,
    must: false,
    sentence: 'nothing is known yet',
    ...changes,
  };
}

type Told = Partial<Pick<Verdict, 'breached' | 'accepted'>> & Partial<Pick<Seen, 'units' | 'applied'>>;

/** A look at one guardrail. */
export function lookOf({
  breached = false,
  accepted = false,
  mismatch = false,
  ...seen
}: Told & { mismatch?: boolean }): Extract<Input, { kind: 'look' }> {
  const verdicts = [verdictOf({ breached, accepted })];
  const sampleRatio = { verdict: mismatch ? 'fail' : 'pass', sentence: 'v2 has too few units' } as const;
  return { kind: 'look', seen: seenOf({ verdicts, sampleRatio, ...seen }), arms: ['v1', 'v2'] };
}
