// The weights of a bandit: a pure function of what was learnt and of the instant, the same bit for bit wherever it is computed.
import { posteriorsOf, type Likelihood } from './arm-posterior';
import { type BanditState } from './bandit-state';
import { toBasisPoints } from './basis-points';
import { withCaps, withFloor, withStep } from './bound-weights';
import { discounted, type DiscountedSums } from './buckets';
import { defaultExploration, epsilonAfter, epsilonGreedyWeights, type Exploration } from './epsilon-greedy';
import { type Direction, type Posterior } from './posterior';
import { probabilityBest } from './probability-best';
import { topTwoWeights } from './top-two';

export interface AllocationPlan {
  readonly algorithm: 'thompson' | 'top-two' | 'epsilon-greedy';
  readonly likelihood: Likelihood;
  readonly direction: Direction;
  readonly halfLifeMs: number;
  /** Arms that may have traffic. Others get none, whatever they have earned. */
  readonly arms: readonly string[];
  /** Each arm's least share, default 0. */
  readonly floor?: number;
  /** An arm's greatest share, by name. */
  readonly caps?: Readonly<Record<string, number>>;
  /** How far a share may move at one update, default 1. */
  readonly step?: number;
  readonly exploration?: Exploration;
}

export interface ArmStanding {
  readonly posterior: Posterior;
  readonly probabilityBest: number;
  readonly effectiveOutcomes: number;
}

export interface Allocation {
  /** Basis points, arms in the order of their names; the sum is 10,000. */
  readonly weights: Readonly<Record<string, number>>;
  readonly arms: Readonly<Record<string, ArmStanding>>;
  readonly asOfMs: number;
}

/** `previous`: the weights in force, basis points; only a step needs them. No arm: no weights. @throws RangeError naming halfLifeMs or asOfMs where it is out of range. */
export function allocate(
  state: BanditState,
  plan: AllocationPlan,
  asOfMs: number,
  previous: Readonly<Record<string, number>> = {},
): Allocation {
  if (!(plan.halfLifeMs > 0 && Number.isFinite(plan.halfLifeMs))) throw new RangeError('halfLifeMs must be above 0');
  if (!Number.isFinite(asOfMs)) throw new RangeError('asOfMs must be a number');
  const names = [...new Set(plan.arms)].sort();
  const sums = names.map((name) => discounted(state.get(name) ?? new Map(), asOfMs, plan.halfLifeMs));
  const posteriors = posteriorsOf(plan.likelihood, sums);
  const best = probabilityBest(posteriors, plan.direction);
  const before = names.map((name) => (Object.hasOwn(previous, name) ? (previous[name] ?? 0) : 0));
  const shares = bounded(wanted(plan, posteriors, best, sums), plan, names, before);
  const points = toBasisPoints(shares);
  return {
    weights: Object.fromEntries(names.map((name, arm) => [name, points[arm] ?? 0])),
    arms: Object.fromEntries(names.map((name, arm) => [name, standing(posteriors[arm], best[arm], sums[arm])])),
    asOfMs,
  };
}

function wanted(
  { algorithm, direction, exploration = defaultExploration }: AllocationPlan,
  posteriors: readonly Posterior[],
  best: readonly number[],
  sums: readonly DiscountedSums[],
): readonly number[] {
  if (algorithm === 'thompson') return best;
  if (algorithm === 'top-two') return topTwoWeights(best);
  const outcomes = sums.reduce((total, { n }) => total + n, 0);
  return epsilonGreedyWeights(posteriors, direction, epsilonAfter(outcomes, exploration));
}

/** Floor, then caps, then the step: a cap is stronger than a floor, and a step than both. */
function bounded(
  shares: readonly number[],
  { floor = 0, caps = {}, step = 1 }: AllocationPlan,
  names: readonly string[],
  previous: readonly number[],
): readonly number[] {
  const limits = names.map((name) => (Object.hasOwn(caps, name) ? (caps[name] ?? 1) : 1));
  const floored = withFloor(shares, floor);
  const capped = limits.some((limit) => limit < 1) ? withCaps(floored, limits) : floored;
  return step < 1 ? withStep(capped, previous, step) : capped;
}

function standing(posterior?: Posterior, probability = 0, sums?: DiscountedSums): ArmStanding {
  if (!posterior || !sums) throw new RangeError('an arm without a posterior');
  return { posterior, probabilityBest: probability, effectiveOutcomes: sums.n };
}
