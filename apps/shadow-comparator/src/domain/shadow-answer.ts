// What came of asking a shadow, as far as a comparison needs it.

export type ShadowAnswer =
  /** `text`: the body as UTF-8. */
  | { readonly kind: 'answered'; readonly status: number; readonly text: string; readonly latencyMs: number }
  | { readonly kind: 'failed'; readonly cause: 'timeout' | 'unreachable' | 'error'; readonly latencyMs: number }
  /** Its turn did not come in time: nothing was sent. */
  | { readonly kind: 'over-bound' }
  /** Its stage ended before it had answered: the way to it was closed. */
  | { readonly kind: 'gone' };

/** error: 5xx or 429, a broken connection; unreadable: a success whose body is not what the protocol promises; missing: an empty one. */
export type FailReason = 'timeout' | 'unreachable' | 'error' | 'unreadable' | 'missing';

export function failureOf(
  answer: Exclude<ShadowAnswer, { kind: 'over-bound' | 'gone' }>,
  readable: boolean,
): FailReason | undefined {
  if (answer.kind === 'failed') return answer.cause;
  if (answer.status >= 500 || answer.status === 429) return 'error';
  if (answer.status >= 300) return undefined;
  if (answer.text.trim() === '') return 'missing';
  return readable ? undefined : 'unreadable';
}
