// What a rolling update does to its rollout: batches go on, all of it completes, or it goes back.
import { type Cause } from './cause';
import { enrol, isAt, turnTo, type Fleet } from './fleet';
import { type Plan, type ReplacePlan } from './plan';
import { type Place, type RolloutState, type Serving } from './rollout';
import { rollFleet, type Course, type FleetSeen } from './roll-fleet';

export interface FleetMove {
  readonly state: RolloutState;
  readonly cause: Cause;
}

type GoingBack = Extract<RolloutState, { phase: 'rolling-back' }>;

/** Undefined where nothing moves. */
export function advanceFleet(state: RolloutState, seen: FleetSeen, plan: Plan, now: string): FleetMove | undefined {
  if (state.phase !== 'running' && state.phase !== 'paused' && state.phase !== 'rolling-back') return undefined;
  const stage = plan.stages[state.at.stage];
  const [candidate] = plan.candidates;
  if (stage?.kind !== 'replace' || candidate === undefined) return undefined;
  return state.phase === 'rolling-back'
    ? takeBack(state, stage, seen, now)
    : takeOn(state, stage, seen, candidate, now);
}

function takeOn(
  state: Serving,
  stage: ReplacePlan,
  seen: FleetSeen,
  candidate: string,
  now: string,
): FleetMove | undefined {
  const fleet = state.at.fleet ?? enrol(seen.urls, seen.baseline, seen.own, stage.drainMs ?? seen.timeoutMs);
  if (fleet.instances.length === 0) return undefined;
  const isHeld = state.phase === 'paused';
  const course: Course = { ...stage, to: candidate, isBack: false, isHeld, idleFrom: state.at.maxStepFrom };
  const { fleet: next, did, failure } = rollFleet(fleet, seen, course, now);
  if (failure !== undefined) {
    const failed = { ...state, at: { ...state.at, fleet: next } };
    return { state: rollingBack(failed, failure, now), cause: { action: 'rollback', actor: 'weir' } };
  }
  const at = withFleet(state.at, fleet, next, now);
  if (isAt(next, candidate) && !isHeld) return complete(state, at, candidate);
  return did.length === 0 ? undefined : { state: { ...state, reason: did.join('; '), at }, cause: byWeir };
}

function complete({ attempt }: Serving, at: Place, winner: string): FleetMove {
  const count = at.fleet?.instances.length ?? 0;
  const reason = `all ${count} instances serve ${winner}`;
  return { state: { phase: 'completed', attempt, reason, at, winner }, cause: { action: 'complete', actor: 'weir' } };
}

/** Why it goes back stays its reason; what happens on the way is in the audit. */
function takeBack(state: GoingBack, stage: ReplacePlan, seen: FleetSeen, now: string): FleetMove | undefined {
  const { fleet } = state.at;
  if (!fleet) return undefined;
  const course: Course = { ...stage, to: fleet.baseline, isBack: true, isHeld: false, idleFrom: now };
  const { fleet: next, did } = rollFleet(fleet, seen, course, now);
  if (did.length === 0) return undefined;
  return { state: { ...state, at: { ...state.at, fleet: next } }, cause: { ...byWeir, note: did.join('; ') } };
}

const byWeir: Cause = { action: 'replace', actor: 'weir' };

/** A batch that has ended is progress: what comes has its time anew. */
function withFleet(at: Place, before: Fleet, fleet: Fleet, now: string): Place {
  const served = ({ instances }: Fleet) => instances.filter(({ phase }) => phase === 'serving').length;
  const isProgress = at.fleet === undefined || served(fleet) > served(before);
  return { ...at, fleet, ...(isProgress && { maxStepFrom: now }) };
}

/** All traffic to stable: at once, or where instances were moved, as they come back to it. */
export function rollingBack(
  { attempt, at }: Pick<Serving, 'attempt' | 'at'>,
  reason: string,
  now: string,
): RolloutState {
  const fleet = at.fleet && turnTo(at.fleet, at.fleet.baseline, now);
  return { phase: 'rolling-back', attempt, reason, at: fleet ? { ...at, fleet } : at };
}
