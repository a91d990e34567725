// Every topic with its partitions, retention and size: one table, made true by libs/bus when a service starts.
import { evidence } from './evidence.v1';
import { keyPublished } from './key-published.v1';
import { outcomeJoined } from './outcome-joined.v1';
import { outcomeReported } from './outcome-reported.v1';
import { policyApplied } from './policy-applied.v1';
import { policyPublished } from './policy-published.v1';
import { predictionCompared } from './prediction-compared.v1';
import { predictionDecided } from './prediction-decided.v1';
import { predictionReported } from './prediction-reported.v1';
import { predictionRequested } from './prediction-requested.v1';
import { predictionServed } from './prediction-served.v1';
import { rolloutChanged } from './rollout-changed.v1';
import { weightsAllocated } from './weights-allocated.v1';

export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
  /** compact: the last value of each key is kept for ever; delete: records are dropped after retentionMs. */
  readonly cleanup: 'compact' | 'delete';
  readonly retentionMs?: number;
  readonly maxMessageBytes: number;
}

const day = 86_400_000;
const mebibyte = 1024 ** 2;
const stream = { partitions: 6, cleanup: 'delete', retentionMs: 7 * day } as const;
const state = { partitions: 1, cleanup: 'compact' } as const;

export const topicPlans: readonly TopicPlan[] = [
  { topic: predictionRequested.topic, ...stream, maxMessageBytes: 4 * mebibyte },
  { topic: predictionServed.topic, ...stream, maxMessageBytes: 4 * mebibyte },
  { topic: predictionCompared.topic, ...stream, maxMessageBytes: mebibyte },
  { topic: predictionDecided.topic, ...stream, maxMessageBytes: mebibyte },
  { topic: predictionReported.topic, ...stream, maxMessageBytes: mebibyte },
  { topic: outcomeReported.topic, ...stream, maxMessageBytes: 4 * mebibyte },
  { topic: outcomeJoined.topic, ...stream, retentionMs: 90 * day, maxMessageBytes: mebibyte }, // as long as a bandit may run
  { topic: evidence.topic, partitions: 3, cleanup: 'delete', retentionMs: 90 * day, maxMessageBytes: mebibyte },
  { topic: weightsAllocated.topic, partitions: 1, cleanup: 'delete', retentionMs: 90 * day, maxMessageBytes: mebibyte },
  { topic: rolloutChanged.topic, partitions: 1, cleanup: 'delete', retentionMs: 365 * day, maxMessageBytes: mebibyte },
  { topic: policyPublished.topic, ...state, maxMessageBytes: 16 * mebibyte }, // lists of up to 100,000 units,
  { topic: policyApplied.topic, ...state, maxMessageBytes: mebibyte },
  { topic: keyPublished.topic, ...state, maxMessageBytes: mebibyte },
];
