// Who is asked for a prediction, in what order and how long: the assigned version, and stable where that one failed.
import { type AnswerSink } from '@weir/open-inference';
import { type Decision } from '@weir/routing';
import { judgeAnswer } from './domain/judge-answer';
import { type Attempt, type Prediction } from './domain/prediction';
import { type Clock, type ServedModel } from './ports';

export interface Asked {
  readonly assigned: Attempt;
  readonly fallback: Attempt | undefined;
}

/** While stable could still answer, the assigned version gets half of the time. One fallback, never a second. */
export async function askVersions(
  model: ServedModel,
  decision: Decision,
  prediction: Prediction,
  clock: Clock,
): Promise<Asked> {
  const { stable, protocol, timeoutMs } = model.policy;
  const leftMs = timeLeft(Math.min(prediction.timeoutMs ?? Infinity, timeoutMs), prediction, clock);
  const mayFallBack = canFallBack(model, decision);
  const strict = protocol === 'open-inference' && (mayFallBack || decision.rollout !== undefined);
  const ask = (version: string, budgetMs: number, lastResort: boolean) => {
    const sink = prediction.stream?.sink({ answeredBy: version, decision, wholeTimeoutMs: leftMs(), last: lastResort });
    return askVersion(model, version, prediction, { timeoutMs: Math.ceil(budgetMs), lastResort, strict, sink }, clock);
  };

  const assigned = await ask(decision.arm, mayFallBack ? leftMs() / 2 : leftMs(), !mayFallBack);
  const failed = assigned.status !== 'ok' && assigned.status !== 'cancelled';
  const begun = assigned.answer.kind === 'failed' && assigned.answer.begun !== undefined;
  if (!failed || begun || !mayFallBack || leftMs() <= 0) return { assigned, fallback: undefined };
  return { assigned, fallback: await ask(stable, leftMs(), true) };
}

/** Neither the assigned version nor, where it may answer instead, stable can take another call: refused before it costs, nobody's evidence. */
export function hasNoRoom(model: ServedModel, decision: Decision): boolean {
  if (!model.versions.get(decision.arm)?.servers.full) return false;
  return !canFallBack(model, decision) || model.versions.get(model.policy.stable)?.servers.full === true;
}

/** No version can take another call, whichever would be assigned. */
export function isFull({ versions }: ServedModel): boolean {
  for (const { servers } of versions.values()) if (!servers.full) return false;
  return versions.size > 0;
}

function timeLeft(timeoutMs: number, { arrivedMs }: Prediction, clock: Clock): () => number {
  return () => timeoutMs - (clock.steadyMs() - arrivedMs);
}

/** A pinned version is being looked at: its failures are what the caller wants to see. */
function canFallBack({ policy, versions }: ServedModel, { arm, reason }: Decision): boolean {
  return arm !== policy.stable && reason !== 'pinned' && (versions.get(policy.stable)?.servers.size ?? 0) > 0;
}

interface Asking {
  readonly timeoutMs: number;
  readonly lastResort: boolean;
  readonly strict: boolean;
  readonly sink: AnswerSink | undefined;
}

async function askVersion(
  model: ServedModel,
  version: string,
  prediction: Prediction,
  { timeoutMs, lastResort, strict, sink }: Asking,
  clock: Clock,
): Promise<Attempt> {
  const target = model.versions.get(version);
  if (!target || timeoutMs <= 0) return notAsked(version);
  const { headers, body, cancellation, rawPath } = prediction;
  const startMs = clock.steadyMs();
  const path = rawPath ?? target.inferPath;
  const call = { method: 'POST', path, headers, body, timeoutMs, cancellation, sink } as const;
  const answer = await target.servers.call(call, lastResort);
  const { status, isJson } = judgeAnswer(answer, strict);
  return { version, answer, status, isJson, latencyMs: clock.steadyMs() - startMs };
}

/** The time was over before the version could be asked. */
function notAsked(version: string): Attempt {
  const answer = { kind: 'failed', cause: 'timeout', sent: false, detail: 'the deadline had passed' } as const;
  return { version, answer, status: 'timeout', isJson: false, latencyMs: 0 };
}
