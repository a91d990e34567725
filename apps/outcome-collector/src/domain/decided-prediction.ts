// The record of a prediction whose caller called the model itself: its decision, and how the call went.
import {
  type ArmStatus,
  type PredictionDecided,
  type PredictionReported,
  type PredictionServed,
} from '@weir/contracts';

/** The arm is the decision's: a report cannot name another. */
export function reportedPrediction(
  { decidedAt, dueAt, ...decision }: PredictionDecided,
  { status, latencyMs }: Pick<PredictionReported, 'status' | 'latencyMs'>,
): PredictionServed {
  const armStatus = armStatusOf(status);
  const answered = armStatus === 'ok' || armStatus === 'error';
  const servedMs = Math.min(Date.parse(decidedAt) + latencyMs, Date.parse(dueAt));
  return {
    ...decision,
    armStatus,
    ...(answered && { armHttpStatus: status, answeredBy: decision.arm }),
    armLatencyMs: latencyMs,
    status,
    latencyMs,
    report: 'given',
    servedAt: new Date(servedMs).toISOString(),
  };
}

/**
 * What was assigned counts, reported or not: a version that takes its callers down with it must not look well for their silence.
 */
export function unreportedPrediction({ decidedAt, dueAt, ...decision }: PredictionDecided): PredictionServed {
  const waitedMs = Math.max(0, Date.parse(dueAt) - Date.parse(decidedAt));
  return {
    ...decision,
    armStatus: 'timeout',
    armLatencyMs: waitedMs,
    status: 504,
    latencyMs: waitedMs,
    report: 'missing',
    servedAt: decidedAt,
  };
}

/** As the router judges what it is answered itself. */
function armStatusOf(status: number): ArmStatus {
  if (status === 499) return 'cancelled';
  if (status === 504) return 'timeout';
  return status >= 500 || status === 429 ? 'error' : 'ok';
}
