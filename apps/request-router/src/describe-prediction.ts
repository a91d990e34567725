// What is recorded of a prediction. The fields are those of prediction-served, which docs and consumers go by.
import { type Decision } from '@weir/routing';
import { type Attempt, type Prediction, type Routed } from './domain/prediction';
import { type PassedBody, type PredictionEntry, type ServedModel } from './ports';

/** What happened to one prediction, from the question to the answer. */
export interface Life {
  readonly model: ServedModel;
  readonly prediction: Prediction;
  readonly decision: Decision;
  readonly assigned: Attempt;
  readonly fallback: Attempt | undefined;
  readonly routed: Routed;
}

export function describePrediction(
  { model, prediction, decision, assigned, routed }: Life,
  told: { readonly router: string; readonly nowMs: number; readonly totalMs: number },
): PredictionEntry {
  const firstByteMs = prediction.stream?.passed?.firstByteMs;
  const answeredBy = routed.kind === 'answer' ? routed.answeredBy : undefined;
  return {
    id: prediction.recordId,
    decision,
    // one shape for all, without spreads: JSON leaves out what is undefined
    facts: {
      predictionId: prediction.predictionId,
      model: prediction.model,
      armStatus: assigned.status,
      armHttpStatus: httpStatusOf(assigned),
      armLatencyMs: rounded(assigned.latencyMs),
      firstByteMs: firstByteMs === undefined ? undefined : rounded(firstByteMs),
      answeredBy,
      fallback: answeredBy !== undefined && answeredBy !== decision.arm ? true : undefined,
      unit: prediction.unit,
      attributes: prediction.attributes,
      pinned: decision.reason === 'pinned' ? true : undefined,
      excluded: prediction.excluded ? true : undefined,
      status: routed.status,
      latencyMs: rounded(told.totalMs),
      servedAt: new Date(told.nowMs).toISOString(),
      router: told.router,
    },
    capture: model.policy.capture,
    keepAnswer: prediction.keepAnswer,
    request: {
      bytes: prediction.body,
      contentType: prediction.contentType,
      path: prediction.rawPath,
      headers: prediction.headers,
    },
    response: routed.kind === 'answer' ? (passedOf(prediction) ?? bodyOf(routed)) : undefined,
    traceparent: prediction.traceparent,
  };
}

function httpStatusOf({ answer }: Attempt): number | undefined {
  return answer.kind === 'answered' ? answer.status : answer.begun;
}

function passedOf({ stream }: Prediction): PassedBody | undefined {
  if (!stream?.passed) return undefined;
  const { headers, bytes = Buffer.alloc(0), size, sha256 } = stream.passed;
  const contentType = headers['content-type'];
  return {
    bytes,
    ...(sha256 !== undefined && { cut: { size, sha256 } }),
    contentType: typeof contentType === 'string' ? contentType : undefined,
  };
}

function bodyOf({ body, headers, isJson }: Routed & { kind: 'answer' }): PassedBody {
  const contentType = headers['content-type'];
  return { bytes: body, isJson, contentType: typeof contentType === 'string' ? contentType : undefined };
}

/** Microseconds are enough. */
function rounded(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000) / 1_000);
}
