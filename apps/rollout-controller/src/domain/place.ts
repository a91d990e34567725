// The places of a rollout's chain of stages, one after the other.
import { candidatesIn, stepsIn, winnerOf, type Plan } from './plan';
import { type Place, type RolloutState, type Serving } from './rollout';

const periodMs = 600_000;

/** The next step, or the next stage's first; undefined after the last of the last. */
function nextPlace(at: Place, plan: Plan, now: string): Place | undefined {
  if (at.step + 1 < stepsIn(plan.stages[at.stage])) return { ...stageFrom(at, at.stage, now), step: at.step + 1 };
  return at.stage + 1 < plan.stages.length ? stageFrom(at, at.stage + 1, now) : undefined;
}

/** The first step of a stage, with what earlier ones have come to. */
export function stageFrom(at: Place, stage: number, now: string): Place {
  const kept = { ...(at.out && { out: at.out }), ...(at.decisions && { decisions: at.decisions }) };
  return { stage, step: 0, startedAt: now, periodBase: followingPeriod(at, now), maxStepFrom: now, ...kept };
}

/**
 * One step on: its next place, or completed after the last of the last. Its pauses were for the step it leaves.
 * @param named by a person: the version meant. Undefined where several could be.
 */
export function stepOn(
  { attempt, at }: Pick<Serving, 'attempt' | 'at'>,
  reason: string,
  plan: Plan,
  now: string,
  named?: string,
): RolloutState | undefined {
  const winner = winnerOf(plan, at, named);
  const { kind } = plan.stages[at.stage] ?? {};
  const isContest = kind === 'experiment' || kind === 'learn';
  const next = nextPlace(isContest ? withoutLosers(at, plan, winner, now) : at, plan, now);
  if (next) return { phase: 'running', attempt, reason, at: next };
  return completedAt({ attempt, at }, reason, plan, winner, now);
}

/** Undefined: several versions could be meant. What a blue-green replaces is kept from here on. */
export function completedAt(
  { attempt, at }: Pick<Serving, 'attempt' | 'at'>,
  reason: string,
  plan: Plan,
  winner: string | null | undefined,
  now: string,
): RolloutState | undefined {
  if (winner === undefined) return undefined;
  const stage = plan.stages[at.stage];
  const kept = stage?.kind === 'switch' && { keptUntil: new Date(Date.parse(now) + stage.keepBlueMs).toISOString() };
  return { phase: 'completed', attempt, reason, at, winner, ...kept };
}

/** Those that have lost to a winner are out of the stages to come; without one all go on. */
function withoutLosers(at: Place, plan: Plan, winner: string | null | undefined, now: string): Place {
  const lost = candidatesIn(plan, at).filter((version) => winner && version !== winner);
  const reason = `${winner} has won`;
  return lost.length === 0
    ? at
    : { ...at, out: [...(at.out ?? []), ...lost.map((version) => ({ version, at: now, reason }))] };
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
