// What one may believe of a difference after the data: chance to win and expected loss. Not corrected for looking often.
import { type Estimate } from './contrast';
import { normalDensity, normalQuantile, normalTail } from './numerics/normal-tail';

/** A normal distribution of the difference arm - baseline, absolute or relative. */
export interface LiftPosterior {
  readonly mean: number;
  /** Infinity: neither data nor a prior. */
  readonly standardDeviation: number;
}

export interface NormalPrior {
  readonly mean: number;
  /** Above 0. */
  readonly variance: number;
}

/** Precisions add up: prior and estimate weighted by 1/variance. Without a prior (flat, improper) the estimate itself; without data too, nothing is known. */
export function liftPosterior(estimate: Estimate | null, prior: NormalPrior | null): LiftPosterior {
  if (estimate === null) {
    return prior === null
      ? { mean: 0, standardDeviation: Infinity }
      : { mean: prior.mean, standardDeviation: Math.sqrt(prior.variance) };
  }
  const { difference, standardError } = estimate;
  if (prior === null || standardError === 0) return { mean: difference, standardDeviation: standardError };
  const data = prior.variance / (prior.variance + standardError ** 2);
  return {
    mean: data * difference + (1 - data) * prior.mean,
    standardDeviation: standardError * Math.sqrt(data),
  };
}

/** P(the arm is better than the baseline). `direction` up: greater is better. */
export function chanceToWin({ mean, standardDeviation }: LiftPosterior, direction: 'up' | 'down'): number {
  const sign = direction === 'up' ? 1 : -1;
  if (standardDeviation === 0) return (1 + Math.sign(sign * mean)) / 2;
  return normalTail((-sign * mean) / standardDeviation);
}

/** What one loses on average by a choice that is wrong, in the unit of the difference; 0 or more. */
export interface ExpectedLoss {
  readonly choosingBaseline: number;
  readonly choosingArm: number;
}

/** E max(0, -d) = sd phi(m/sd) - m Phi(-m/sd), and the same the other way round. */
export function expectedLoss({ mean, standardDeviation }: LiftPosterior, direction: 'up' | 'down'): ExpectedLoss {
  const gain = direction === 'up' ? mean : -mean;
  return { choosingBaseline: meanAbove(gain, standardDeviation), choosingArm: meanAbove(-gain, standardDeviation) };
}

/** E max(0, X). */
function meanAbove(mean: number, standardDeviation: number): number {
  if (standardDeviation === Infinity) return Infinity;
  if (standardDeviation === 0) return Math.max(0, mean);
  const z = mean / standardDeviation;
  // from the small side: what is lost below 0 is added to the mean
  if (z > 0) return mean + meanAbove(-mean, standardDeviation);
  return Math.max(0, standardDeviation * normalDensity(z) + mean * normalTail(-z));
}

/** The middle 1 - alpha of the posterior. */
export function credibleInterval({ mean, standardDeviation }: LiftPosterior, alpha: number): [number, number] {
  const half = standardDeviation === 0 ? 0 : normalQuantile(alpha / 2) * standardDeviation;
  return [mean - half, mean + half];
}
