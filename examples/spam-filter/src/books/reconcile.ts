// Holds the callers' book against the system's: nothing lost, nothing twice. Pure; each mismatch is found and named.

export interface PredictionCounts {
  /** Distinct predictions that callers sent. */
  readonly sent: number;
  /** Those of them that were answered with a prediction, over HTTP or over Kafka. */
  readonly answered: number;
  /** Those of them that weir.prediction-served.v1 holds. */
  readonly inKafka: number;
  /** Predictions that the collector has counted since the traffic began. */
  readonly inCollector: number;
}

export const outcomeStates = ['joined', 'late', 'duplicate', 'orphan', 'pending', 'rejected'] as const;
export type OutcomeState = (typeof outcomeStates)[number];

export interface OutcomeCounts extends Readonly<Record<OutcomeState, number>> {
  /** Outcomes that callers sent, each time they sent them. */
  readonly sent: number;
}

export interface Books {
  readonly predictions: PredictionCounts;
  readonly outcomes: OutcomeCounts;
  /** Outcomes that callers meant to send a second time: they must be found as duplicates. */
  readonly sentAgain: number;
  /** Predictions looked up one by one whose record is not what the caller saw, with the reason. */
  readonly contradictions: readonly string[];
}

export interface Mismatch {
  readonly name: string;
  readonly expected: number;
  readonly found: number;
}

export function reconcile({ predictions, outcomes, sentAgain, contradictions }: Books): Mismatch[] {
  const { sent } = predictions;
  const accounted = outcomeStates.reduce((sum, state) => sum + outcomes[state], 0);
  return [
    differ('predictions answered', sent, predictions.answered),
    differ('predictions in Kafka', sent, predictions.inKafka),
    differ('predictions in the collector', sent, predictions.inCollector),
    differ('outcomes accounted for', outcomes.sent, accounted),
    differ('outcomes still pending', 0, outcomes.pending),
    differ('outcomes of no prediction', 0, outcomes.orphan),
    outcomes.late === 0 ? differ('outcomes found to be duplicates', sentAgain, outcomes.duplicate) : undefined,
    differ('predictions recorded as callers saw them', 0, contradictions.length),
    ...(sent === 0 ? [{ name: 'predictions sent at all', expected: 1, found: 0 }] : []),
  ].filter((mismatch) => mismatch !== undefined);
}

/** What the collector counted between two readings. */
export function sinceThen<T extends Readonly<Record<string, number>>>(now: T, then: T): T {
  return Object.fromEntries(Object.entries(now).map(([name, count]) => [name, count - (then[name] ?? 0)])) as T;
}

function differ(name: string, expected: number, found: number): Mismatch | undefined {
  return expected === found ? undefined : { name, expected, found };
}
