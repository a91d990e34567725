// The decision behind a prediction, as the join needs it: the record of it without bodies, and the outputs that metrics name.
import { type Metric, type PredictionServed } from '@weir/contracts';
import { type Exclusion, type Exposure, type Served } from '@weir/stats';
import { outputsOf, type Outputs } from './answer-outputs';
import { sharedWeights } from './shared-weights';

export type Decision = Omit<PredictionServed, 'capture'> & { readonly outputs: Outputs };

/** A decision that takes part in a rollout's comparison of arms. */
export type RolloutDecision = Decision & { readonly rollout: string };

export function decisionOf(event: PredictionServed, metrics: Readonly<Record<string, Metric>>): Decision {
  const { capture, ...decision } = event;
  return { ...decision, weights: sharedWeights(event.weights), outputs: outputsOf(capture?.response, metrics) };
}

/** With one arm there is nothing to compare: a shadow stage is the comparator's, and its units are new to the canary that follows. */
export function inRollout(decision: Decision): decision is RolloutDecision {
  return decision.rollout !== undefined && Object.values(decision.weights).filter((weight) => weight > 0).length > 1;
}

/** What is counted of one attempt of a rollout is counted apart from the others. */
export interface RolloutAttempt {
  readonly rollout: string;
  readonly attempt: number;
}

export function attemptOf({ rollout, attempt = 1 }: { rollout: string; attempt?: number | undefined }): RolloutAttempt {
  return { rollout, attempt };
}

/** The same text for the same attempt. */
export function attemptId({ rollout, attempt }: RolloutAttempt): string {
  return `${rollout}/${attempt}`;
}

/** Why a decision is never evidence; undefined where it is. */
export function exclusionOf(decision: Decision): Extract<Exclusion, 'pinned' | 'excluded' | 'cancelled'> | undefined {
  if (decision.pinned === true) return 'pinned';
  if (decision.excluded === true) return 'excluded';
  return decision.armStatus === 'cancelled' ? 'cancelled' : undefined;
}

/** The decision as counting sees it: its own stage, step, epoch, weights and arm, never what is in force now. */
export function exposureOf(decision: RolloutDecision, period: number, segment: string | null): Exposure {
  const { stage = 0, step = 0, epoch, weights, arm, unit } = decision;
  return { stage, step, epoch, weights, segment, arm, unit, period };
}

export function servedOf(decision: Decision): Served {
  const status = decision.armHttpStatus ?? 0;
  const failed = decision.armStatus !== 'ok';
  return {
    failed,
    clientError: !failed && status >= 400 && status < 500,
    latencyMs: decision.armLatencyMs,
    decidedSecond: decidedSecondOf(decision),
    answered: decision.answeredBy !== undefined,
  };
}

/** What nobody reported is dated by its decision, all else by its end. */
function decidedSecondOf({ servedAt, latencyMs, report }: Decision): number {
  const decidedMs = Date.parse(servedAt) - (report === 'missing' ? 0 : latencyMs);
  return Math.max(0, Math.floor(decidedMs / 1_000));
}
