// The places of a rollout's chain of stages, one after the other.
import { stepsIn, type Plan } from './plan';
import { type Place, type RolloutState, type Serving } from './rollout';

const periodMs = 600_000;

/** The next step, or the next stage's first; undefined after the last of the last. */
function nextPlace(at: Place, plan: Plan, now: string): Place | undefined {
  const entered = { startedAt: now, periodBase: followingPeriod(at, now), maxStepFrom: now };
  if (at.step + 1 < stepsIn(plan.stages[at.stage])) return { ...entered, stage: at.stage, step: at.step + 1 };
  if (at.stage + 1 < plan.stages.length) return { ...entered, stage: at.stage + 1, step: 0 };
  return undefined;
}

/** One step on: its next place, or completed after the last of the last. Its pauses were for the step it leaves. */
export function stepOn({ attempt, at }: Serving, reason: string, plan: Plan, now: string): RolloutState {
  const next = nextPlace(at, plan, now);
  if (next) return { phase: 'running', attempt, reason, at: next };
  return { phase: 'completed', attempt, reason, at, winner: plan.winner };
}

/** @param before where an earlier attempt ended: periods ascend over attempts too. */
export function first(now: string, before: Place | null = null): Place {
  const periodBase = before ? followingPeriod(before, now) : 0;
  return { stage: 0, step: 0, startedAt: now, periodBase, maxStepFrom: now };
}

function followingPeriod(before: Place, now: string): number {
  const elapsedMs = Math.max(0, Date.parse(now) - Date.parse(before.startedAt));
  return before.periodBase + Math.floor(elapsedMs / periodMs) + 1;
}
