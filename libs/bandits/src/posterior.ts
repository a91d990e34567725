// What is believed of an arm's mean reward, given its outcomes: one of four families.
import { chiSquareTail, logBetaTails, normalTail, studentTail } from '@weir/stats';

export type Direction = 'up' | 'down';

/** Of a rate: rewards from 0 to 1. Prior included; both above 0. */
export interface BetaBelief {
  readonly kind: 'beta';
  readonly alpha: number;
  readonly beta: number;
}

/** Of a mean with a known standard error, above 0. */
export interface NormalBelief {
  readonly kind: 'normal';
  readonly mean: number;
  readonly standardError: number;
}

/** Of a mean whose variance is learnt as well: the margin of a normal-inverse-gamma posterior, Student's t. Scale and degrees of freedom above 0. */
export interface StudentBelief {
  readonly kind: 'student';
  readonly mean: number;
  readonly scale: number;
  readonly degreesOfFreedom: number;
}

/** Of a rate of counts (Poisson) per prediction. Prior included; both above 0. */
export interface GammaBelief {
  readonly kind: 'gamma';
  readonly shape: number;
  readonly rate: number;
}

export type Posterior = BetaBelief | NormalBelief | StudentBelief | GammaBelief;

export function posteriorMean(posterior: Posterior): number {
  switch (posterior.kind) {
    case 'beta':
      return posterior.alpha / (posterior.alpha + posterior.beta);
    case 'gamma':
      return posterior.shape / posterior.rate;
    case 'normal':
    case 'student':
      return posterior.mean;
  }
}

/** P(the arm's mean > x). */
export function upperTail(posterior: Posterior, x: number): number {
  switch (posterior.kind) {
    case 'beta':
      if (x <= 0 || x >= 1) return x <= 0 ? 1 : 0;
      return Math.exp(logBetaTails(posterior.alpha, posterior.beta, x).upper);
    case 'gamma':
      return x <= 0 ? 1 : chiSquareTail(2 * posterior.rate * x, 2 * posterior.shape);
    case 'normal':
      return normalTail((x - posterior.mean) / posterior.standardError);
    case 'student':
      return studentTail((x - posterior.mean) / posterior.scale, posterior.degreesOfFreedom);
  }
}
