// Every event contract, for those who go through all of them: topics, schemas, documentation.
import type { EventContract } from './define-event';
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

type AnyContract = Omit<EventContract<unknown>, 'key' | 'encode'>;

export const contracts: readonly AnyContract[] = [
  predictionRequested,
  predictionServed,
  predictionCompared,
  predictionDecided,
  predictionReported,
  outcomeReported,
  outcomeJoined,
  evidence,
  weightsAllocated,
  policyPublished,
  policyApplied,
  rolloutChanged,
  keyPublished,
];
