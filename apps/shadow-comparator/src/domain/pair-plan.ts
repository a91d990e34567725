// Is a prediction to be asked of a shadow, and with what?
import { type Captured, type PredictionServed } from '@weir/contracts';
import { positionBps, seedOf } from '@weir/routing';
import { parsePath, valuesAt } from './json-path';
import { textOf } from './json-text';
import { type ShadowedStage } from './shadowed-stage';

/**
 * not-sampled: not in the stage's sample; pinned: the caller or an override named the version, which is no
 * evidence; excluded: the caller asked for none; cancelled: the caller left before stable had
 * answered; not-stable: another version than the one compared with was assigned; not-captured: the request is not there whole;
 * redacted: nor is it, for the model's `capture.redact` took something out; no-answer-captured: stable's answer is not there whole;
 * too-old: served too long ago; over-bound: more than the shadow may be asked at once; stage-over: its stage ended before it had answered; stable-failed: it was asked, but stable had
 * given no answer to compare with.
 */
export type SkipReason =
  | 'not-sampled'
  | 'pinned'
  | 'excluded'
  | 'cancelled'
  | 'not-stable'
  | 'not-captured'
  | 'redacted'
  | 'no-answer-captured'
  | 'too-old'
  | 'over-bound'
  | 'stage-over'
  | 'stable-failed';

export interface ShadowRequest {
  /** Raw calls only; else the path is the version's. */
  readonly path: string | undefined;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: { readonly kind: 'text' | 'base64'; readonly content: string };
}

export type PairPlan =
  { readonly kind: 'skip'; readonly reason: SkipReason } | { readonly kind: 'ask'; readonly request: ShadowRequest };

export interface Ageing {
  readonly nowMs: number;
  /** Older predictions are not asked any more. */
  readonly maxAgeMs: number;
}

export function planPair(
  event: PredictionServed,
  stage: ShadowedStage,
  shadow: ShadowedStage['shadows'][number],
  { nowMs, maxAgeMs }: Ageing,
): PairPlan {
  if (event.pinned === true) return skip('pinned');
  if (event.excluded === true) return skip('excluded');
  if (event.armStatus === 'cancelled') return skip('cancelled');
  if (event.arm !== stage.stable || event.fallback === true) return skip('not-stable');
  if (!isSampled(event.predictionId, stage.salt, shadow)) return skip('not-sampled');
  const { request: captured, response } = event.capture ?? {};
  const request = requestOf(captured, stage);
  if (!request) return skip('not-captured');
  if (captured?.kind === 'json' && isRedacted(captured.body, stage.redact)) return skip('redacted');
  if (event.armStatus === 'ok' && response?.kind !== 'json' && response?.kind !== 'base64')
    return skip('no-answer-captured');
  if (nowMs - Date.parse(event.servedAt) > maxAgeMs) return skip('too-old');
  return { kind: 'ask', request };
}

function skip(reason: SkipReason): PairPlan {
  return { kind: 'skip', reason };
}

/** By a hash of the prediction's id: the same for whoever asks, and another one for each shadow. */
export function isSampled(
  predictionId: string,
  salt: string,
  { version, sampleBps }: ShadowedStage['shadows'][number],
): boolean {
  return positionBps(predictionId, seedOf(salt, `shadow ${version}`)) < sampleBps;
}

/** What goes along: they say how to read the body. */
const allowed = ['content-encoding', 'inference-header-content-length'];

function requestOf(captured: Captured | undefined, { protocol }: ShadowedStage): ShadowRequest | undefined {
  if (captured?.kind !== 'json' && captured?.kind !== 'base64') return undefined;
  const { contentType, headers = {}, path } = captured;
  if (protocol === 'raw' && path === undefined) return undefined;
  const along = allowed.flatMap((name) => (headers[name] === undefined ? [] : [name, headers[name]]));
  const content = captured.kind === 'json' ? textOf(captured.body) : captured.body;
  if (content === undefined) return undefined;
  return {
    path: protocol === 'raw' ? path : undefined,
    headers: [...(contentType === undefined ? [] : ['content-type', contentType]), ...along],
    body: { kind: captured.kind === 'json' ? 'text' : 'base64', content },
  };
}

/** A place that was taken out holds null: the shadow would answer another question. */
function isRedacted(body: unknown, redact: readonly string[]): boolean {
  return redact.some((path) => valuesAt(body, parsePath(path)).some((value) => value === null));
}
