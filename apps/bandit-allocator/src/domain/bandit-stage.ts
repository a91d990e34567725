// A stage that learns, as the policy describes it: which outcomes teach it, and how it shares traffic.
import { type AllocationPlan, type Feature, type Likelihood } from '@weir/bandits';
import {
  contextualWeights,
  type Metric,
  type OutcomeJoined,
  type PolicyPublished,
  type PolicySlice,
} from '@weir/contracts';
import { z } from 'zod';

/** What of a bandit's specification concerns learning. */
const learning = {
  metric: z.string(),
  updateMs: z.number().positive(),
  floorBps: z.number().min(0),
  halfLifeMs: z.number().positive(),
  stopAtRemainingValue: z.number().gt(0),
  updateOutcomes: z.number().positive().optional(),
  capsBps: z.record(z.string(), z.number()).optional(),
  continues: z.array(z.object({ rollout: z.string(), attempt: z.number(), stage: z.number() })).optional(),
};
const specification = z.discriminatedUnion('algorithm', [
  z.object({ algorithm: z.enum(['thompson', 'top-two', 'epsilon-greedy']), ...learning }),
  z.object({ algorithm: z.literal('square-cb'), context: contextualWeights.shape.features.min(1), ...learning }),
]);

export interface Place {
  readonly rollout: string;
  readonly attempt: number;
  readonly stage: number;
}

export interface BanditStage extends Place {
  readonly model: string;
  readonly metric: string;
  readonly likelihood: Likelihood;
  readonly direction: 'up' | 'down';
  readonly algorithm: AllocationPlan['algorithm'] | 'square-cb';
  /** Of a contextual bandit: the attributes that its arms are weighed by. */
  readonly context?: readonly Feature[];
  readonly assign: 'unit' | 'prediction';
  readonly updateMs: number;
  readonly floorBps: number;
  readonly halfLifeMs: number;
  readonly stopAtRemainingValue: number;
  /** So many outcomes since the last allocation are a reason for the next. */
  readonly updateOutcomes?: number | undefined;
  /** An arm's greatest share, by name. */
  readonly capsBps?: Readonly<Record<string, number>> | undefined;
  /** Bandits of earlier submissions, from whose outcomes it learns as from its own; what is claimed is of its own alone. */
  readonly continues?: readonly Place[] | undefined;
  /** In which its arms and weights are in force. */
  readonly epoch?: number | undefined;
  /** Those that may have traffic: an arm that a guardrail closed is not named, or named with 0 while others are not. */
  readonly arms: readonly string[];
}

export function placeId({ rollout, attempt, stage }: Place): string {
  return `${rollout}/${attempt}/${stage}`;
}

/** Where an outcome belongs; undefined: to no rollout. */
export function placeOf({ rollout, attempt = 1, stage }: OutcomeJoined): Place | undefined {
  return rollout === undefined || stage === undefined ? undefined : { rollout, attempt, stage };
}

/** The running bandits of a model. What this allocator cannot run is left out: its weights stay as the controller set them. */
export function banditStages({ model, metrics, slices }: PolicyPublished): BanditStage[] {
  return slices.flatMap((slice) => stageOf(model, metrics, slice) ?? []);
}

function stageOf(model: string, metrics: PolicyPublished['metrics'], slice: PolicySlice): BanditStage | undefined {
  if (slice.kind !== 'bandit') return undefined;
  const read = specification.safeParse(slice.spec);
  if (!read.success) return undefined;
  const metric = Object.hasOwn(metrics, read.data.metric) ? metrics[read.data.metric] : undefined;
  if (!metric || metric.type === 'output') return undefined;
  return {
    ...{ rollout: slice.rollout, attempt: slice.attempt ?? 1, stage: slice.stage, model, epoch: slice.epoch },
    ...read.data,
    ...{ likelihood: likelihoodOf(metric), direction: directionOf(metric), assign: slice.assign },
    arms: Object.entries(slice.arms).flatMap(([arm, weight]) => (weight > 0 ? [arm] : [])),
  };
}

function likelihoodOf({ type }: Metric): Likelihood {
  return type === 'numeric' ? 'numeric' : 'bernoulli';
}

const directionOf = ({ direction }: Metric): 'up' | 'down' => direction;
