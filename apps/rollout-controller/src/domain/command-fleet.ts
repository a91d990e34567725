// What a person may tell a rolling update.
import { type RolloutAction } from '@weir/contracts';
import { servingOf, turnTo, type Fleet, type FleetInstance } from './fleet';
import { stageFrom } from './place';
import { type Plan } from './plan';
import { type Place, type RolloutState, type Serving } from './rollout';

type GoingBack = Extract<RolloutState, { phase: 'rolling-back' }>;
type Told = { readonly action: RolloutAction; readonly reason: string };

/** The stages before it are left out; batches, readiness and what may be unavailable are not. Undefined: it is there already. */
export function straightToFleet(
  { attempt, at }: Pick<Serving, 'attempt' | 'at'>,
  reason: string,
  plan: Plan,
  now: string,
): RolloutState | undefined {
  const last = plan.stages.length - 1;
  if (at.stage === last && at.fleet) return undefined;
  return { phase: 'running', attempt, reason, at: at.stage === last ? at : stageFrom(at, last, now) };
}

/** Instances that a person updates have been updated. Undefined: none waits for that. */
export function confirmByHand(state: Serving, reason: string, plan: Plan, now: string): RolloutState | undefined {
  const fleet = confirmed(state.at, plan, now);
  return fleet && { ...state, reason, at: { ...state.at, fleet } };
}

/**
 * On the way back: `approve` as above, `retry` has those that failed tried again, `abort` gives them up where stable serves elsewhere, and
 * `promote-full` goes forward after all: where stable is what is broken, the candidate is the way out.
 */
export function tryAgain(state: GoingBack, told: Told, plan: Plan, now: string): RolloutState | undefined {
  const { at, attempt } = state;
  const { fleet } = at;
  const [candidate] = plan.candidates;
  if (!fleet || candidate === undefined) return undefined;
  if (told.action === 'approve') {
    const updated = confirmed(at, plan, now);
    return updated && { ...state, at: { ...at, fleet: updated } };
  }
  const hasFailed = fleet.instances.some(({ phase }) => phase === 'failed');
  if (told.action === 'retry' && hasFailed)
    return { ...state, at: { ...at, fleet: turnTo(fleet, fleet.baseline, now) } };
  if (told.action === 'abort' && hasFailed && servingOf(fleet, fleet.baseline) > 0)
    return { ...state, at: { ...at, fleet: withoutFailed(fleet) } };
  if (told.action !== 'promote-full') return undefined;
  const forward = { ...at, fleet: turnTo(fleet, candidate, now), maxStepFrom: now };
  return { phase: 'running', attempt, reason: told.reason, at: forward };
}

function withoutFailed(fleet: Fleet): Fleet {
  return { ...fleet, instances: fleet.instances.filter(({ phase }) => phase !== 'failed') };
}

function confirmed({ stage, fleet }: Place, plan: Plan, now: string): Fleet | undefined {
  const plans = plan.stages[stage];
  if (plans?.kind !== 'replace' || !plans.byHand || !fleet?.instances.some(isUpdating)) return undefined;
  const instances = fleet.instances.map((each) =>
    isUpdating(each) ? { ...each, phase: 'readying' as const, since: now } : each,
  );
  return { ...fleet, instances };
}

function isUpdating(instance: FleetInstance): instance is FleetInstance & { phase: 'updating' } {
  return instance.phase === 'updating';
}
