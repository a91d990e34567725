// The state machine of a rollout: one pure function from a state and an input to the next state. See docs/decisions/0009.
import { type RolloutAction } from '@weir/contracts';
import { type Place, type RolloutState } from './rollout';

export type Input =
  /** What held a pending or queued rollout is gone. */
  | { readonly kind: 'start'; readonly reason: string }
  | { readonly kind: 'command'; readonly action: RolloutAction; readonly reason: string }
  /** Every router heard from serves by the policy of the present state, or none is heard from. */
  | { readonly kind: 'applied' }
  /** A new submission of the same name takes its place. */
  | { readonly kind: 'supersede'; readonly reason: string };

/** What `advance` needs to know of the manifest. */
export interface Plan {
  /** Number of steps of each stage, at least 1. */
  readonly steps: readonly number[];
  /** The version that a completed rollout leaves in charge. */
  readonly candidate: string;
}

export type Move =
  | { readonly kind: 'moved'; readonly state: RolloutState }
  /** The input means nothing in this state. */
  | { readonly kind: 'stayed' }
  /** A command that this state does not allow. */
  | { readonly kind: 'illegal' };

const periodMs = 600_000;

/** @param now ISO instant; the clock is the caller's. */
export function advance(state: RolloutState, input: Input, plan: Plan, now: string): Move {
  switch (input.kind) {
    case 'start':
      return start(state, input.reason, now);
    case 'command':
      return command(state, input.action, input.reason, plan, now);
    case 'applied':
      return state.phase === 'rolling-back' ? moved({ ...state, phase: 'rolled-back' }) : { kind: 'stayed' };
    case 'supersede':
      return supersede(state, input.reason);
  }
}

function start(state: RolloutState, reason: string, now: string): Move {
  if (state.phase !== 'pending' && state.phase !== 'queued') return { kind: 'stayed' };
  return moved({ phase: 'running', attempt: state.attempt, reason, at: first(now) });
}

function supersede(state: RolloutState, reason: string): Move {
  switch (state.phase) {
    case 'pending':
    case 'queued':
      return moved({ phase: 'superseded', attempt: state.attempt, reason, at: null });
    case 'running':
    case 'paused':
      return moved({ phase: 'superseded', attempt: state.attempt, reason, at: state.at });
    case 'rolling-back': // its traffic is given back already, and has to arrive
    case 'rolled-back':
    case 'completed':
    case 'superseded':
      return { kind: 'stayed' };
  }
}

function command(state: RolloutState, action: RolloutAction, reason: string, plan: Plan, now: string): Move {
  const { attempt } = state;
  switch (state.phase) {
    case 'pending':
    case 'queued':
      return action === 'abort' ? moved({ phase: 'rolled-back', attempt, reason, at: null }) : { kind: 'illegal' };
    case 'running':
      return action === 'pause'
        ? moved({ ...state, phase: 'paused', reason })
        : steer(state, action, reason, plan, now);
    case 'paused':
      return action === 'resume'
        ? moved({ ...state, phase: 'running', reason })
        : steer(state, action, reason, plan, now);
    case 'rolled-back':
      return action === 'retry'
        ? moved({ phase: 'running', attempt: attempt + 1, reason, at: first(now, state.at) })
        : { kind: 'illegal' };
    case 'rolling-back':
    case 'completed':
    case 'superseded':
      return { kind: 'illegal' };
  }
}

type Serving = Extract<RolloutState, { phase: 'running' | 'paused' }>;

/** What a person may do to a rollout that serves, paused or not. A promoted rollout runs: its pause was for the step it left. */
function steer(state: Serving, action: RolloutAction, reason: string, plan: Plan, now: string): Move {
  const { attempt, at } = state;
  switch (action) {
    case 'promote': {
      const next = nextPlace(at, plan, now);
      return moved(next ? { phase: 'running', attempt, reason, at: next } : completed(state, reason, plan));
    }
    case 'promote-full':
      return moved(completed(state, reason, plan));
    case 'abort':
      return moved({ phase: 'rolling-back', attempt, reason, at });
    case 'pause':
    case 'resume':
    case 'retry':
    case 'approve': // gates come with the stages that have one
    case 'reject':
      return { kind: 'illegal' };
  }
}

function completed({ attempt, at }: Serving, reason: string, plan: Plan): RolloutState {
  return { phase: 'completed', attempt, reason, at, winner: plan.candidate };
}

/** The next step, or the next stage's first; undefined after the last of the last. */
function nextPlace(at: Place, plan: Plan, now: string): Place | undefined {
  const entered = { startedAt: now, periodBase: followingPeriod(at, now) };
  if (at.step + 1 < (plan.steps[at.stage] ?? 1)) return { ...entered, stage: at.stage, step: at.step + 1 };
  if (at.stage + 1 < plan.steps.length) return { ...entered, stage: at.stage + 1, step: 0 };
  return undefined;
}

function first(now: string, before: Place | null = null): Place {
  return { stage: 0, step: 0, startedAt: now, periodBase: before ? followingPeriod(before, now) : 0 };
}

function followingPeriod(before: Place, now: string): number {
  const elapsedMs = Math.max(0, Date.parse(now) - Date.parse(before.startedAt));
  return before.periodBase + Math.floor(elapsedMs / periodMs) + 1;
}

function moved(state: RolloutState): Move {
  return { kind: 'moved', state };
}
