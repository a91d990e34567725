// A recorded prediction as a log of choices: what was chosen, with what probability, what came of it.
import { failureWorth, type LoggedPrediction, type Metric } from '@weir/contracts';
import { combineValues } from './combine-values';
import { exclusionOf, type Decision } from './decision';

/** What stands of one metric for one prediction, in order of receipt. */
export interface StandingValue {
  readonly item: number | null;
  readonly counted: number;
}

export type OutcomeMetric = Exclude<Metric, { type: 'output' }>;

/**
 * Undefined where nothing is to be learnt: an arm that was not drawn, what is never evidence, an outcome that is awaited or that never counts for its absence,
 * a fallback where rewards have no worst value. Several items: their mean.
 */
export function loggedPrediction(
  decision: Decision,
  metric: OutcomeMetric,
  values: readonly StandingValue[],
  nowMs: number,
): LoggedPrediction | undefined {
  if (!['weights', 'no-rollout'].includes(decision.reason) || exclusionOf(decision) !== undefined) return undefined;
  const reward = rewardOf(decision, metric, values, nowMs);
  if (reward === undefined) return undefined;
  const { predictionId, arm, weights, propensity, unit, attributes = {}, servedAt } = decision;
  return { predictionId, arm, weights, propensity, ...(unit !== undefined && { unit }), attributes, reward, servedAt };
}

function rewardOf(
  decision: Decision,
  metric: OutcomeMetric,
  values: readonly StandingValue[],
  nowMs: number,
): number | undefined {
  const isAwaited = metric.missing === 'zero' && Date.parse(decision.servedAt) + metric.withinMs > nowMs;
  if (isAwaited || (values.length === 0 && metric.missing === 'ignore')) return undefined;
  if (decision.fallback === true) return failureWorth(metric);
  const items = new Map<number | null, number[]>();
  for (const { item, counted } of values) items.set(item, [...(items.get(item) ?? []), counted]);
  const rewards = [...items.values()].map((each) => combineValues(metric, each) ?? 0);
  return rewards.length === 0 ? 0 : rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
}
