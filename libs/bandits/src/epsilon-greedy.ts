// Epsilon-greedy: the arm with the best mean, but for a share that explores and shrinks as outcomes come.
import { posteriorMean, type Direction, type Posterior } from './posterior';

export interface Exploration {
  /** Share that explores before there is any outcome, (0, 1]. */
  readonly first: number;
  /** It does not go below. */
  readonly least: number;
  /** Effective outcomes after which it has halved. */
  readonly halvedAfter: number;
}

export const defaultExploration: Exploration = { first: 1, least: 0.02, halvedAfter: 100 };

/** max(least, first / (1 + n/halvedAfter)), n the effective outcomes of all arms: a function of the state, so that it does not depend on when it is asked. */
export function epsilonAfter(outcomes: number, { first, least, halvedAfter }: Exploration): number {
  return Math.max(least, first / (1 + outcomes / halvedAfter));
}

/** epsilon/K each, and 1 - epsilon to the best mean, shared by arms that tie. */
export function epsilonGreedyWeights(
  posteriors: readonly Posterior[],
  direction: Direction,
  epsilon: number,
): number[] {
  const means = posteriors.map((posterior) => (direction === 'up' ? 1 : -1) * posteriorMean(posterior));
  const best = Math.max(...means);
  const winners = means.filter((mean) => mean === best).length;
  return means.map((mean) => epsilon / means.length + (mean === best ? (1 - epsilon) / winners : 0));
}
