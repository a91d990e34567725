// The weights of a contextual bandit: a form for each context, and what it comes to at the average of the contexts seen.
import { type Allocation, type ArmStanding } from './allocate';
import { type BanditState } from './bandit-state';
import { toBasisPoints } from './basis-points';
import { discounted } from './buckets';
import { discountedRegression, type ContextState } from './context-state';
import { featureVector } from './features';
import { fitRidge, leverage, predict, type LinearModel, type RegressionSums } from './linear/ridge';
import { type Posterior } from './posterior';
import { probabilityBest } from './probability-best';
import { compileSquareCb, weightsAt, type CompiledContext, type SquareCbPlan } from './square-cb';

export interface ContextAllocation extends Allocation {
  readonly context: CompiledContext;
}

/**
 * `weights`, posteriors and probabilities are of the average context (of none yet: of a prediction without attributes): arms meet other contexts, so that their own
 * means could not be compared. The posterior of a mean there is normal, x'b with variance s^2 x'A^-1 x, s^2 the variance of all rewards.
 * Reference: Li, Chu, Langford and Schapire 2010, section 3.1. A pure function of what was learnt and of the instant.
 */
export function allocateInContext(
  learnt: { readonly contexts: ContextState; readonly rewards: BanditState },
  plan: SquareCbPlan,
  asOfMs: number,
): ContextAllocation {
  const context = compileSquareCb(learnt.contexts, plan, asOfMs);
  const names = context.models.map(({ arm }) => arm);
  const regressions = names.map((arm) => discountedRegression(learnt.contexts.get(arm) ?? new Map(), asOfMs, plan));
  const x = averageOf(regressions) ?? featureVector(plan.features, {});
  const spread = Math.sqrt(varianceOf(learnt.rewards, names, plan, asOfMs));
  const posteriors = regressions.map((sums) => posteriorAt(fitRidge(sums, plan.penalty ?? 1), x, spread));
  const best = probabilityBest(posteriors, plan.direction);
  const points = toBasisPoints(weightsAt(context, x));
  const standing = (arm: number): ArmStanding => ({
    posterior: posteriors[arm] ?? nothing,
    probabilityBest: best[arm] ?? 0,
    effectiveOutcomes: regressions[arm]?.n ?? 0,
  });
  return {
    weights: Object.fromEntries(names.map((arm, index) => [arm, points[index] ?? 0])),
    arms: Object.fromEntries(names.map((arm, index) => [arm, standing(index)])),
    ...{ asOfMs, context },
  };
}

const nothing: Posterior = { kind: 'normal', mean: 0, standardError: 1 };

function posteriorAt(model: LinearModel, x: readonly number[], spread: number): Posterior {
  return { kind: 'normal', mean: predict(model, x), standardError: spread * Math.sqrt(leverage(model, x)) };
}

/** The first feature is 1: its column holds the sums of all features. */
function averageOf(regressions: readonly (RegressionSums & { readonly n: number })[]): number[] | undefined {
  const n = regressions.reduce((sum, each) => sum + each.n, 0);
  if (!(n > 0)) return undefined;
  const size = regressions[0]?.xr.length ?? 0;
  return Array.from({ length: size }, (_, i) => regressions.reduce((sum, { xx }) => sum + (xx[i]?.[0] ?? 0), 0) / n);
}

/** Of all rewards; 1 where there are none. Never 0: rewards that have all been alike say little of the next. */
function varianceOf(
  rewards: BanditState,
  names: readonly string[],
  { halfLifeMs }: SquareCbPlan,
  asOfMs: number,
): number {
  const sums = names.map((arm) => discounted(rewards.get(arm) ?? new Map(), asOfMs, halfLifeMs));
  const [n, sum, squares] = (['n', 'sum', 'squares'] as const).map((key) =>
    sums.reduce((total, each) => total + each[key], 0),
  ) as [number, number, number];
  if (!(n > 0)) return 1;
  return Math.max(squares / n - (sum / n) ** 2, 1e-9 * (squares / n), 1e-12);
}
