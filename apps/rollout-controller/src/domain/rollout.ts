// A rollout: what was asked for, where it stands, and the weights that follow from both.
import { type RolloutManifest } from '@weir/contracts';
import { type Allocated } from './allocated';
import { type Decision, type OutArm } from './decision';
import { withinCaps } from './envelope';
import { isAt, shareOf, type Fleet } from './fleet';
import { greenShareOf, type GreenTold } from './green';
import { weightsWithout } from './weights-without';

/** Where a rollout stands within its chain of stages. */
export interface Place {
  readonly stage: number;
  readonly step: number;
  /** ISO instant at which this step began. */
  readonly startedAt: string;
  /** The first ten-minute period of this step; ascends over the rollout, so that no period is counted in twice. */
  readonly periodBase: number;
  /** ISO instant from which `maxStep` counts: the beginning of the step, later by what it was paused. */
  readonly maxStepFrom: string;
  /** Candidates that an experiment has found worse, or that a guardrail of a bandit has closed: they get nothing any more. */
  readonly out?: readonly OutArm[];
  /** What experiments and bandits have come to, each at most once. */
  readonly decisions?: readonly Decision[];
  /** Of the present stage, where it is a bandit: absent before the first. */
  readonly allocation?: Allocated;
  /** Of the present stage, where it is a bandit that was submitted again: whose outcomes it learns from beside its own. */
  readonly continues?: readonly Learning[];
  /** Of the present stage, where it is a rolling update: absent before the first look. */
  readonly fleet?: Fleet;
  /** Of the present step, where it is blue-green: what a person has said. */
  readonly green?: GreenTold;
}

/** A bandit stage that learns. */
export interface Learning {
  readonly rollout: string;
  readonly attempt: number;
  readonly stage: number;
}

/** Why a rollout is paused: by a person's command, or because a step came to its `maxStep` without an answer. */
export interface Pause {
  readonly by: 'person' | 'inconclusive';
  readonly reason: string;
  /** ISO instant. */
  readonly since: string;
}

interface Every {
  /** 1 for the submission; each `retry` adds one. A new attempt is a new test. */
  readonly attempt: number;
  /** Why it is in this state: the words of the person, or of the rule, that moved it. */
  readonly reason: string;
}

export type RolloutState =
  /** Accepted; nothing serves by it yet, and a gate holds its start. */
  | (Every & { readonly phase: 'pending' })
  /** Waits until the rollout of the same name that was there before it has ended. */
  | (Every & { readonly phase: 'queued' })
  /** The policy carries its slice with the weights of its place. */
  | (Every & { readonly phase: 'running'; readonly at: Place })
  /** As running, but only a person moves it on; a breach still rolls it back. At least one pause, at most one of each kind. */
  | (Every & { readonly phase: 'paused'; readonly at: Place; readonly pauses: readonly Pause[] })
  /**
   * The policy has given all of its traffic back to stable; not every router has said that it serves by that policy. Of a rolling update: its
   * instances are on their way back, and the traffic follows them.
   */
  | (Every & { readonly phase: 'rolling-back'; readonly at: Place })
  /** All of its traffic is with stable again. Only `retry` leads out of here. */
  | (Every & { readonly phase: 'rolled-back'; readonly at: Place | null })
  /** The winner is the model's stable, or the lasting target of its segment; null: it has changed nothing (a shadow at its end, an experiment without a winner). */
  | (Every & {
      readonly phase: 'completed';
      readonly at: Place;
      readonly winner: string | null;
      /** After a blue-green: until this ISO instant blue is kept, and then until every router has said that it serves without it. Absent: nothing is kept. */
      readonly keptUntil?: string;
    })
  /** Another submission of the same name took its place. */
  | (Every & { readonly phase: 'superseded'; readonly at: Place | null });

export type Phase = RolloutState['phase'];

export interface Rollout {
  readonly id: string;
  readonly name: string;
  readonly model: string;
  /** The manifest: defaults filled in, durations in ms, shares in bps, margins explicit. */
  readonly spec: RolloutManifest;
  readonly state: RolloutState;
  /** Ascends with every move; what `expectedRevision` is compared with. */
  readonly revision: number;
  /** The model's stable when the rollout started: the arm it is compared with as long as it runs. */
  readonly baseline: string;
  readonly salt: string;
  /** The revision of the model's policy that first carried the present state. */
  readonly policyRevision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A state whose weights are in the policy. */
export type Serving = Extract<RolloutState, { phase: 'running' | 'paused' }>;

export function serves(state: RolloutState): state is Serving {
  return state.phase === 'running' || state.phase === 'paused';
}

/** Live: its end is still open. */
export const livePhases: readonly Phase[] = ['pending', 'queued', 'running', 'paused', 'rolling-back'];

/** Those that a further submission of the same name meets: it takes their place, waits for them, or is refused. */
const occupyingPhases: readonly Phase[] = ['pending', 'running', 'paused'];

export function isLive({ state }: Pick<Rollout, 'state'>): boolean {
  return livePhases.includes(state.phase);
}

export function occupies({ state }: Pick<Rollout, 'state'>): boolean {
  return occupyingPhases.includes(state.phase) || isReturning(state);
}

/** Instances that were moved are on their way back to stable: it holds them, and its slice, until they are. */
export function isReturning(
  state: RolloutState,
): state is Extract<RolloutState, { phase: 'rolling-back' }> & { readonly at: { readonly fleet: Fleet } } {
  const fleet = state.phase === 'rolling-back' ? state.at.fleet : undefined;
  return fleet !== undefined && !isAt(fleet, fleet.baseline);
}

/** A rolling update has instances under way, or with the candidate by now: it cannot just be dropped. */
export function movesInstances({ state }: Pick<Rollout, 'state'>): boolean {
  return serves(state) && state.at.fleet !== undefined && !isAt(state.at.fleet, state.at.fleet.baseline);
}

/** What a rolling update has of the model's instances while it holds them. */
export function fleetOf({ state }: Pick<Rollout, 'state'>): Fleet | undefined {
  return serves(state) || isReturning(state) ? state.at.fleet : undefined;
}

/** Holds its slice of the units, so that no rollout of another name may take it. */
export function holdsSlice(rollout: Pick<Rollout, 'state'>): boolean {
  return occupies(rollout) || rollout.state.phase === 'queued';
}

/** The place, or the beginning where there is none yet. */
export function placeOf(state: RolloutState): { readonly stage: number; readonly step: number } {
  const at = 'at' in state ? state.at : null;
  return { stage: at?.stage ?? 0, step: at?.step ?? 0 };
}

/** Those that are compared. */
export function armsOf({ baseline, spec }: Pick<Rollout, 'baseline' | 'spec'>): string[] {
  return [baseline, ...spec.candidates];
}

/** What the rollout wants: weights by arm, basis points, always 10000 in all. */
export function weightsOf({
  spec,
  state,
  baseline,
}: Pick<Rollout, 'spec' | 'state' | 'baseline'>): Record<string, number> {
  switch (state.phase) {
    case 'running':
    case 'paused':
      return armsAt(spec, state.at, baseline);
    case 'completed':
      return { [state.winner ?? baseline]: 10_000 };
    case 'rolling-back':
      return isReturning(state) ? armsAt(spec, state.at, baseline) : { [baseline]: 10_000 };
    case 'pending':
    case 'queued':
    case 'rolled-back':
    case 'superseded':
      return { [baseline]: 10_000 };
  }
}

function armsAt(spec: RolloutManifest, at: Place, baseline: string): Record<string, number> {
  const stage = spec.stages[at.stage];
  const out = (at.out ?? []).map(({ version }) => version);
  if (stage?.kind === 'ab') return weightsWithout(stage.arms, out);
  if (stage?.kind === 'bandit')
    return withinCaps(at.allocation?.weights ?? stage.arms ?? {}, stage, [baseline, ...spec.candidates], out);
  const weightBps = weightAt(spec, at);
  const [, ...others] = spec.candidates.map((candidate) => [candidate, 0] as const);
  const [candidate = baseline] = spec.candidates;
  return { [baseline]: 10_000 - weightBps, [candidate]: weightBps, ...Object.fromEntries(others) };
}

/** The candidate's share. What a canary had stays until the look that a rolling update begins with. */
function weightAt({ stages, candidates }: RolloutManifest, at: Place): number {
  const stage = stages[at.stage];
  if (stage?.kind === 'canary') return stage.steps[at.step]?.weightBps ?? 0;
  if (stage?.kind === 'blueGreen') return greenShareOf(stage, at);
  if (stage?.kind !== 'rolling') return 0;
  if (at.fleet) return shareOf(at.fleet, candidates[0] ?? '');
  const before = stages[at.stage - 1];
  return before?.kind === 'canary' ? (before.steps.at(-1)?.weightBps ?? 0) : 0;
}

/** Of a contextual bandit that has allocated: how routers weigh the arms of each prediction. */
export function formOf({ state, spec }: Pick<Rollout, 'state' | 'spec'>): Allocated['context'] {
  if (!serves(state) || spec.stages[state.at.stage]?.kind !== 'bandit') return undefined;
  return state.at.allocation?.context;
}
