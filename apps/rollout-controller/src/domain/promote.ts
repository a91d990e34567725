// A person says that a rollout goes on now: to its next step, or to its end.
import { straightToFleet } from './command-fleet';
import { promoteGreen, straightToGreen } from './command-green';
import { completedAt, stepOn } from './place';
import { winnerOf, type Plan } from './plan';
import { type RolloutState, type Serving } from './rollout';

interface Said {
  readonly reason: string;
  /** The candidate meant, where several could be. */
  readonly version?: string | undefined;
}

/** Undefined: it cannot. */
export function promoted(state: Serving, { reason, version }: Said, plan: Plan, now: string): RolloutState | undefined {
  const { kind } = plan.stages[state.at.stage] ?? {};
  if (kind === 'replace') return undefined;
  return kind === 'switch' ? promoteGreen(state, reason, plan, now) : stepOn(state, reason, plan, now, version);
}

/**
 * All that lies between is left out, but what must be so before a version gets all of the traffic: instances that are moved to it, or are ready.
 * Undefined: several versions could be meant, or it is on its way there.
 */
export function toTheEnd(
  { attempt }: Pick<RolloutState, 'attempt'>,
  at: Serving['at'],
  { reason, version }: Said,
  plan: Plan,
  now: string,
): RolloutState | undefined {
  const { kind } = plan.stages.at(-1) ?? {};
  if (kind === 'replace') return straightToFleet({ attempt, at }, reason, plan, now);
  if (kind === 'switch') return straightToGreen({ attempt, at }, reason, plan, now);
  return completedAt({ attempt, at }, reason, plan, winnerOf(plan, at, version), now);
}
