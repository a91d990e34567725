// What a person may tell a blue-green.
import { type Cause } from './cause';
import { switchStepOf } from './green';
import { completedAt, stageFrom, stepOn } from './place';
import { winnerOf, type Plan } from './plan';
import { type RolloutState, type Serving } from './rollout';

/** The next step now: from the preview the switch, from the bake the end. Undefined: green is not ready, and gets no traffic. */
export function promoteGreen(state: Serving, reason: string, plan: Plan, now: string): RolloutState | undefined {
  return switchStepOf(state.at) === 'prepare' ? undefined : stepOn(state, reason, plan, now);
}

/** All that lies between is left out, but that green is ready: where it is not known to be, as soon as it is. Undefined: that was said already. */
export function straightToGreen(
  { attempt, at }: Pick<Serving, 'attempt' | 'at'>,
  reason: string,
  plan: Plan,
  now: string,
): RolloutState | undefined {
  const last = plan.stages.length - 1;
  if (at.stage === last && switchStepOf(at) !== 'prepare')
    return completedAt({ attempt, at }, reason, plan, winnerOf(plan, at), now);
  if (at.stage === last && at.green?.straight) return undefined;
  const place = at.stage === last ? at : stageFrom(at, last, now);
  return { phase: 'running', attempt, reason, at: { ...place, green: { straight: reason } } };
}

/** Of a preview that waits for it, or will. Undefined: nothing does. */
export function approveSwitch(state: Serving, reason: string, plan: Plan): RolloutState | undefined {
  const { at } = state;
  if (!asksFor(state, plan) || switchStepOf(at) !== 'preview' || at.green?.approved) return undefined;
  return { ...state, reason, at: { ...at, green: { ...at.green, approved: reason } } };
}

/** Before the switch only: after it `abort` takes the traffic back. */
export function mayReject(state: Serving, plan: Plan): boolean {
  return asksFor(state, plan) && switchStepOf(state.at) !== 'bake';
}

function asksFor({ at }: Serving, plan: Plan): boolean {
  const stage = plan.stages[at.stage];
  return stage?.kind === 'switch' && stage.approve;
}

type Completed = Extract<RolloutState, { phase: 'completed' }>;

/** Its time is over, and every router serves without it. Undefined: nothing is kept, or not yet over. */
export function released(
  state: Completed,
  now: string,
): { readonly state: RolloutState; readonly cause: Cause } | undefined {
  const { keptUntil, ...rest } = state;
  if (keptUntil === undefined || Date.parse(now) < Date.parse(keptUntil)) return undefined;
  const note = 'blue is kept no longer: its time is over, and every router serves without it';
  return { state: rest, cause: { action: 'release', actor: 'weir', note } };
}
