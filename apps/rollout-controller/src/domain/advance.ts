// The state machine of a rollout: one pure function from a state and an input to the next state. See docs/decisions/0009.
import { type RolloutAction } from '@weir/contracts';
import { advanceFleet, rollingBack } from './advance-fleet';
import { answerTo, type Told } from './allocation';
import { type Cause } from './cause';
import { confirmByHand, tryAgain } from './command-fleet';
import { approveSwitch, mayReject, released } from './command-green';
import { look, type Look } from './look';
import { addPause, liftPause } from './pauses';
import { completedAt, first } from './place';
import { promoted, toTheEnd } from './promote';
import { winnerOf, type Plan } from './plan';
import { isReturning, movesInstances, serves, type Learning, type RolloutState, type Serving } from './rollout';
import { type FleetSeen } from './roll-fleet';

export type Input =
  /** What held a pending or queued rollout is gone. */
  | { readonly kind: 'start'; readonly reason: string; readonly continues?: readonly Learning[] }
  | {
      readonly kind: 'command';
      readonly action: RolloutAction;
      readonly reason: string;
      /** The candidate meant, where several could be. */
      readonly version?: string | undefined;
    }
  /** What time and evidence amount to now. */
  | ({ readonly kind: 'look' } & Look)
  /** What is known of the instances that a rolling update moves. */
  | { readonly kind: 'fleet'; readonly seen: FleetSeen }
  /** What a bandit's allocator has computed from the outcomes. */
  | ({ readonly kind: 'allocated' } & Told)
  /**
   * Every router heard from serves by the policy of the present state, or none is heard from; of a completed blue-green every router that has not
   * said that it stops.
   */
  | { readonly kind: 'applied' }
  /** A new submission of the same name takes its place. */
  | { readonly kind: 'supersede'; readonly reason: string };

export type Move =
  | { readonly kind: 'moved'; readonly state: RolloutState; readonly cause: Cause }
  /** The input means nothing in this state. */
  | { readonly kind: 'stayed' }
  /** A command that this state does not allow. */
  | { readonly kind: 'illegal' };

/** @param now ISO instant; the clock is the caller's. */
export function advance(state: RolloutState, input: Input, plan: Plan, now: string): Move {
  switch (input.kind) {
    case 'start':
      return start(state, input, now);
    case 'command':
      return command(state, input, plan, now);
    case 'look':
      return lookAt(state, input, plan, now);
    case 'allocated':
      return allocated(state, input, plan, now);
    case 'fleet':
      return orStayed(advanceFleet(state, input.seen, plan, now));
    case 'applied':
      return applied(state, now);
    case 'supersede':
      return supersede(state, input.reason);
  }
}

function applied(state: RolloutState, now: string): Move {
  if (state.phase === 'completed') return orStayed(released(state, now));
  return state.phase === 'rolling-back' && !isReturning(state)
    ? moved({ ...state, phase: 'rolled-back' }, 'applied')
    : { kind: 'stayed' };
}

function start(state: RolloutState, { reason, continues = [] }: Extract<Input, { kind: 'start' }>, now: string): Move {
  if (state.phase !== 'pending' && state.phase !== 'queued') return { kind: 'stayed' };
  const at = { ...first(now), ...(continues.length > 0 && { continues }) };
  return moved({ phase: 'running', attempt: state.attempt, reason, at }, 'start');
}

/** What is not served by any router has no evidence to go by. */
function lookAt(state: RolloutState, seen: Look, plan: Plan, now: string): Move {
  if (state.phase !== 'running' && state.phase !== 'paused') return { kind: 'stayed' };
  return orStayed(look(state, seen, plan, now));
}

/** What is refused moves nothing (allocation.ts says why). */
function allocated(state: RolloutState, told: Told, plan: Plan, now: string): Move {
  const answer = answerTo(state, told, plan, now);
  if (answer.kind !== 'accepted' || !serves(state)) return { kind: 'stayed' };
  return { kind: 'moved', state: { ...state, reason: answer.reason, at: answer.at }, cause: byAllocator };
}

const byAllocator: Cause = { action: 'allocate', actor: 'bandit' };

function supersede(state: RolloutState, reason: string): Move {
  switch (state.phase) {
    case 'pending':
    case 'queued':
      return moved({ phase: 'superseded', attempt: state.attempt, reason, at: null }, 'supersede');
    case 'running':
    case 'paused': {
      const { attempt, at } = state;
      return movesInstances({ state })
        ? { kind: 'stayed' }
        : moved({ phase: 'superseded', attempt, reason, at }, 'supersede');
    }
    case 'rolling-back': // its traffic is given back already, and has to arrive
    case 'rolled-back':
    case 'completed':
    case 'superseded':
      return { kind: 'stayed' };
  }
}

type Command = Extract<Input, { kind: 'command' }>;

function command(state: RolloutState, input: Command, plan: Plan, now: string): Move {
  const { attempt } = state;
  const { action, reason } = input;
  switch (state.phase) {
    case 'pending':
    case 'queued':
      return action === 'abort' ? moved({ phase: 'rolled-back', attempt, reason, at: null }, action) : illegal;
    case 'running':
    case 'paused':
      return steer(state, input, plan, now);
    case 'rolled-back':
      return again(state, input, plan, now);
    case 'completed': // nothing is left to promote, and nothing is wrong with asking
      return action === 'promote-full' ? { kind: 'stayed' } : illegal;
    case 'rolling-back':
      return orIllegal(tryAgain(state, input, plan, now), action);
    case 'superseded':
      return illegal;
  }
}

/** What a person may do to a rollout that serves, paused or not. A promoted rollout runs: its pauses were for the step it left. */
function steer(state: Serving, { action, reason, version }: Command, plan: Plan, now: string): Move {
  const { at } = state;
  switch (action) {
    case 'promote':
      return orIllegal(promoted(state, { reason, version }, plan, now), action);
    case 'promote-full':
      return orIllegal(toTheEnd(state, at, { reason, version }, plan, now), action);
    case 'abort':
      return moved(rollingBack(state, reason, now), action);
    case 'pause':
      return orIllegal(addPause(state, { by: 'person', reason, since: now }), action);
    case 'resume':
      return orIllegal(liftPause(state, reason, now), action);
    case 'approve':
      return orIllegal(confirmByHand(state, reason, plan, now) ?? approveSwitch(state, reason, plan), action);
    case 'reject':
      return mayReject(state, plan) ? moved(rollingBack(state, reason, now), action) : illegal;
    case 'retry':
      return illegal;
  }
}

/** From the end of a rollback: another attempt, or a person's word that the candidate is the better one after all. */
function again(
  state: Extract<RolloutState, { phase: 'rolled-back' }>,
  { action, reason, version }: Command,
  plan: Plan,
  now: string,
): Move {
  if (action === 'retry')
    return moved({ phase: 'running', attempt: state.attempt + 1, reason, at: first(now, state.at) }, action);
  if (action !== 'promote-full') return illegal;
  const last = plan.stages.at(-1)?.kind;
  if (last === 'replace' || last === 'switch') {
    const attempt = state.attempt + 1;
    return orIllegal(toTheEnd({ attempt }, first(now, state.at), { reason, version }, plan, now), action);
  }
  const at = state.at ?? first(now);
  const { out: _, ...everybody } = at;
  return orIllegal(
    completedAt({ attempt: state.attempt, at }, reason, plan, winnerOf(plan, everybody, version), now),
    action,
  );
}

const illegal: Move = { kind: 'illegal' };

function orIllegal(state: RolloutState | undefined, action: string): Move {
  return state ? moved(state, action) : illegal;
}

function orStayed(next: { readonly state: RolloutState; readonly cause: Cause } | undefined): Move {
  return next ? { kind: 'moved', ...next } : { kind: 'stayed' };
}

function moved(state: RolloutState, action: string): Move {
  return { kind: 'moved', state, cause: { action, actor: 'weir' } };
}
