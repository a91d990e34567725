// The reasons for which a rollout is paused: a set, and it goes on when the last of them is lifted.
import { type Pause, type Serving } from './rollout';

/** Undefined where it is paused for that kind of reason already. */
export function addPause(state: Serving, pause: Pause): Serving | undefined {
  const pauses = state.phase === 'paused' ? state.pauses : [];
  if (pauses.some(({ by }) => by === pause.by)) return undefined;
  const { attempt, at } = state;
  return { phase: 'paused', attempt, at, reason: pause.reason, pauses: [...pauses, pause] };
}

/**
 * A person lifts one reason: a person's own first, then that a step had no answer. Undefined where it is not paused.
 * Time in a pause is not time that a step had to find an answer in; a step without an answer gets its `maxStep` anew.
 */
export function liftPause(state: Serving, reason: string, now: string): Serving | undefined {
  if (state.phase !== 'paused') return undefined;
  const lifted = state.pauses.find(({ by }) => by === 'person') ?? state.pauses[0];
  const pauses = state.pauses.filter((pause) => pause !== lifted);
  if (pauses.length > 0) return { ...state, reason: pauses.map((left) => left.reason).join('; '), pauses };
  const { attempt, at } = state;
  const maxStepFrom = lifted?.by === 'person' ? laterBy(at.maxStepFrom, lifted.since, now) : now;
  return { phase: 'running', attempt, reason, at: { ...at, maxStepFrom } };
}

function laterBy(instant: string, since: string, now: string): string {
  const pausedMs = Math.max(0, Date.parse(now) - Date.parse(since));
  return new Date(Date.parse(instant) + pausedMs).toISOString();
}
