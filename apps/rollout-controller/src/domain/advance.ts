// The state machine of a rollout: one pure function from a state and an input to the next state. See docs/decisions/0009.
import { type RolloutAction } from '@weir/contracts';
import { look, type Look } from './look';
import { addPause, liftPause } from './pauses';
import { first, stepOn } from './place';
import { type Plan } from './plan';
import { type RolloutState, type Serving } from './rollout';

export type Input =
  /** What held a pending or queued rollout is gone. */
  | { readonly kind: 'start'; readonly reason: string }
  | { readonly kind: 'command'; readonly action: RolloutAction; readonly reason: string }
  /** What time and evidence amount to now. */
  | ({ readonly kind: 'look' } & Look)
  /** Every router heard from serves by the policy of the present state, or none is heard from. */
  | { readonly kind: 'applied' }
  /** A new submission of the same name takes its place. */
  | { readonly kind: 'supersede'; readonly reason: string };

export type Move =
  | { readonly kind: 'moved'; readonly state: RolloutState; readonly cause: Cause }
  /** The input means nothing in this state. */
  | { readonly kind: 'stayed' }
  /** A command that this state does not allow. */
  | { readonly kind: 'illegal' };

/** What a move is written down as; the actor where it is no person. */
export interface Cause {
  readonly action: string;
  readonly actor: string;
}

/** @param now ISO instant; the clock is the caller's. */
export function advance(state: RolloutState, input: Input, plan: Plan, now: string): Move {
  switch (input.kind) {
    case 'start':
      return start(state, input.reason, now);
    case 'command':
      return command(state, input.action, input.reason, plan, now);
    case 'look':
      return lookAt(state, input, plan, now);
    case 'applied':
      return state.phase === 'rolling-back' ? moved({ ...state, phase: 'rolled-back' }, 'applied') : { kind: 'stayed' };
    case 'supersede':
      return supersede(state, input.reason);
  }
}

function start(state: RolloutState, reason: string, now: string): Move {
  if (state.phase !== 'pending' && state.phase !== 'queued') return { kind: 'stayed' };
  return moved({ phase: 'running', attempt: state.attempt, reason, at: first(now) }, 'start');
}

/** What is not served by any router has no evidence to go by. */
function lookAt(state: RolloutState, seen: Look, plan: Plan, now: string): Move {
  if (state.phase !== 'running' && state.phase !== 'paused') return { kind: 'stayed' };
  const next = look(state, seen, plan, now);
  return next ? { kind: 'moved', ...next } : { kind: 'stayed' };
}

function supersede(state: RolloutState, reason: string): Move {
  switch (state.phase) {
    case 'pending':
    case 'queued':
      return moved({ phase: 'superseded', attempt: state.attempt, reason, at: null }, 'supersede');
    case 'running':
    case 'paused':
      return moved({ phase: 'superseded', attempt: state.attempt, reason, at: state.at }, 'supersede');
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
      return action === 'abort' ? moved({ phase: 'rolled-back', attempt, reason, at: null }, action) : illegal;
    case 'running':
    case 'paused':
      return steer(state, action, reason, plan, now);
    case 'rolled-back':
      return again(state, action, reason, plan, now);
    case 'completed': // nothing is left to promote, and nothing is wrong with asking
      return action === 'promote-full' ? { kind: 'stayed' } : illegal;
    case 'rolling-back':
    case 'superseded':
      return illegal;
  }
}

/** What a person may do to a rollout that serves, paused or not. A promoted rollout runs: its pauses were for the step it left. */
function steer(state: Serving, action: RolloutAction, reason: string, plan: Plan, now: string): Move {
  const { attempt, at } = state;
  switch (action) {
    case 'promote':
      return moved(stepOn(state, reason, plan, now), action);
    case 'promote-full':
      return moved(completed(state, at, reason, plan), action);
    case 'abort':
      return moved({ phase: 'rolling-back', attempt, reason, at }, action);
    case 'pause':
      return orIllegal(addPause(state, { by: 'person', reason, since: now }), action);
    case 'resume':
      return orIllegal(liftPause(state, reason, now), action);
    case 'retry':
    case 'approve': // gates come with the stages that have one
    case 'reject':
      return illegal;
  }
}

/** From the end of a rollback: another attempt, or a person's word that the candidate is the better one after all. */
function again(
  state: Extract<RolloutState, { phase: 'rolled-back' }>,
  action: RolloutAction,
  reason: string,
  plan: Plan,
  now: string,
): Move {
  if (action === 'retry')
    return moved({ phase: 'running', attempt: state.attempt + 1, reason, at: first(now, state.at) }, action);
  if (action === 'promote-full') return moved(completed(state, state.at ?? first(now), reason, plan), action);
  return illegal;
}

function completed({ attempt }: RolloutState, at: Serving['at'], reason: string, plan: Plan): RolloutState {
  return { phase: 'completed', attempt, reason, at, winner: plan.winner };
}

const illegal: Move = { kind: 'illegal' };

function orIllegal(state: RolloutState | undefined, action: string): Move {
  return state ? moved(state, action) : illegal;
}

function moved(state: RolloutState, action: string): Move {
  return { kind: 'moved', state, cause: { action, actor: 'weir' } };
}
