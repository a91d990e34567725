// Idempotency keys: the same request with the same key is answered again, not done again.
import { type Caller, type Tx } from './ports';
import { Refused } from './refusals';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface RepeatableRequest {
  /** The Idempotency-Key header; absent: each request is done. */
  readonly key: string | undefined;
  /** Digest of method, path and body. */
  readonly fingerprint: string;
  readonly caller: Caller;
}

/** Kept with the work's own transaction: a refusal or a crash keeps nothing, so that the key can be used again. */
export async function answerOnce(
  tx: Tx,
  { key, fingerprint, caller }: RepeatableRequest,
  work: () => Promise<Answer>,
): Promise<Answer> {
  if (key === undefined) return work();
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Refused('invalid-idempotency-key', 'an Idempotency-Key has 1 to 255 visible characters');
  const kept = await tx.answers.claim(caller.id, key);
  if (kept && kept.fingerprint !== fingerprint)
    throw new Refused('idempotency-key-reused', 'the Idempotency-Key was used for another request');
  if (kept) return { status: kept.status, body: kept.body };
  const answer = await work();
  await tx.answers.keep(caller.id, key, { ...answer, fingerprint });
  return answer;
}
