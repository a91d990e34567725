// One version asked once: the call, its time, and what its answer is worth.
import { judgeAnswer } from './domain/judge-answer';
import { type Attempt, type Prediction } from './domain/prediction';
import { type Clock, type ServedModel } from './ports';

export type { Attempt } from './domain/prediction';

export async function attempt(
  model: ServedModel,
  version: string,
  prediction: Prediction,
  { timeoutMs, lastResort, strict }: { timeoutMs: number; lastResort: boolean; strict: boolean },
  clock: Clock,
): Promise<Attempt> {
  const target = model.versions.get(version);
  if (!target) return { ...notAsked(version), status: 'unreachable' };
  const { headers, body, cancellation, rawPath } = prediction;
  const startMs = clock.steadyMs();
  const call = { method: 'POST', path: rawPath ?? target.inferPath, headers, body, timeoutMs, cancellation } as const;
  const answer = await target.servers.call(call, lastResort);
  return { version, answer, status: judgeAnswer(answer, strict), latencyMs: clock.steadyMs() - startMs };
}

/** The time was over before the version could be asked. */
export function notAsked(version: string): Attempt {
  const answer = { kind: 'failed', cause: 'timeout', sent: false, detail: 'the deadline had passed' } as const;
  return { version, answer, status: 'timeout', latencyMs: 0 };
}
