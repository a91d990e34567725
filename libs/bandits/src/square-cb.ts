// SquareCB: a contextual bandit whose probabilities are a formula, so that the router logs the propensity it really used.
import { discountedRegression, type ContextState } from './context-state';
import { withCaps, withFloor } from './bound-weights';
import { featureVector, type Feature } from './features';
import { fitRidge, predict } from './linear/ridge';
import { type Direction } from './posterior';

export interface SquareCbPlan {
  readonly arms: readonly string[];
  readonly features: readonly Feature[];
  readonly direction: Direction;
  readonly halfLifeMs: number;
  readonly floor?: number;
  /** An arm's greatest share, by name. */
  readonly caps?: Readonly<Record<string, number>> | undefined;
  /** gamma = scale * sqrt(effective outcomes), in inverse units of the reward; default 10. */
  readonly scale?: number;
  /** Of the ridge, default 1. */
  readonly penalty?: number;
}

/** All that a router needs to weigh the arms for a prediction; data only. */
export interface CompiledContext {
  readonly features: readonly Feature[];
  readonly direction: Direction;
  readonly gamma: number;
  readonly floor: number;
  readonly caps?: Readonly<Record<string, number>> | undefined;
  /** Of each arm, by name ascending: the linear model of its reward. */
  readonly models: readonly { readonly arm: string; readonly coefficients: readonly number[] }[];
}

/** A pure function of what was learnt and of the instant. */
export function compileSquareCb(state: ContextState, plan: SquareCbPlan, asOfMs: number): CompiledContext {
  const { features, direction, floor = 0, caps = {}, scale = 10, penalty = 1 } = plan;
  const sums = [...new Set(plan.arms)].sort().map((arm) => {
    return { arm, regression: discountedRegression(state.get(arm) ?? new Map(), asOfMs, plan) };
  });
  const outcomes = sums.reduce((total, { regression }) => total + regression.n, 0);
  return {
    ...{ features, direction, floor, gamma: scale * Math.sqrt(outcomes) },
    ...(Object.keys(caps).length > 0 && { caps }),
    models: sums.map(({ arm, regression }) => ({ arm, coefficients: fitRidge(regression, penalty).coefficients })),
  };
}

/** The arms' probabilities for a prediction with these attributes. */
export function contextWeights(
  context: CompiledContext,
  attributes: Readonly<Record<string, string>>,
): Record<string, number> {
  const weights = weightsAt(context, featureVector(context.features, attributes));
  return Object.fromEntries(context.models.map(({ arm }, index) => [arm, weights[index] ?? 0]));
}

/** Of the models' arms, in their order, where the features are x. */
export function weightsAt({ direction, gamma, floor, caps, models }: CompiledContext, x: readonly number[]): number[] {
  const expected = models.map((model) => (direction === 'up' ? 1 : -1) * predict(model, x));
  const floored = withFloor(squareCbWeights(expected, gamma), floor);
  if (!caps) return floored;
  return withCaps(
    floored,
    models.map(({ arm }) => (Object.hasOwn(caps, arm) ? (caps[arm] ?? 1) : 1)),
  );
}

/**
 * 1/(K + gamma (best - expected)) for each arm but the best, the rest for the best (the first of equals); greater is better, gamma >= 0.
 * Reference: Foster and Rakhlin 2020, "Beyond UCB: optimal and efficient contextual bandits with regression oracles" (after Abe and Long 1999).
 */
export function squareCbWeights(expected: readonly number[], gamma: number): number[] {
  const greatest = Math.max(...expected);
  const best = expected.indexOf(greatest);
  const weights = expected.map((value) => 1 / (expected.length + gamma * (greatest - value)));
  const others = weights.reduce((sum, weight, arm) => (arm === best ? sum : sum + weight), 0);
  return weights.map((weight, arm) => (arm === best ? 1 - others : weight));
}
