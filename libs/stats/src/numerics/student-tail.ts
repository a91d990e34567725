// Student's t distribution, central and noncentral, for degrees of freedom from 1 up to any count.
import { logBetaTails } from './beta-tails';
import { logIntegral } from './log-concave';
import { logBeta, stirlingError } from './log-gamma';
import { tangentGap } from './log-one-plus';
import { logNormalTail, normalQuantile } from './normal-tail';
import { rootAbove } from './root';

const { exp, expm1, hypot, log, log1p, PI, sqrt } = Math;

/** From here on the continued fraction is slow, and the density is integrated instead. */
const many = 1e5;

/** P(T > t), with full relative accuracy down to the smallest double. degreesOfFreedom > 0. */
export function studentTail(t: number, degreesOfFreedom: number): number {
  return t < 0 ? -expm1(logUpperTail(-t, degreesOfFreedom)) : exp(logUpperTail(t, degreesOfFreedom));
}

/** t >= 0. By the incomplete beta function at df/(df + t^2): Abramowitz and Stegun 26.7.1. */
function logUpperTail(t: number, df: number): number {
  if (t === Infinity) return -Infinity;
  if (df > many) return logTailByIntegral(t, df);
  const root = sqrt(df);
  const length = hypot(root, t);
  const [x, rest] = [(root / length) ** 2, (t / length) ** 2];
  if (rest === 0) return -Math.LN2;
  if (x < 1e-290) return (df / 2) * 2 * log(root / length) - log(df) - logBeta(df / 2, 0.5);
  return logBetaTails(df / 2, 0.5, x, rest).lower - Math.LN2;
}

function logTailByIntegral(t: number, df: number): number {
  const constant = -logBeta(df / 2, 0.5) - 0.5 * log(df);
  const at = (x: number): number => -0.5 * (df + 1) * log1p((t + x) ** 2 / df);
  const slope = (x: number): number => (-(df + 1) * (t + x)) / (df + (t + x) ** 2);
  return constant + logIntegral({ at, slope });
}

/** t with P(T > t) = p, p in (0, 1). */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  if (p > 0.5) return -studentQuantile(1 - p, degreesOfFreedom);
  if (p === 0.5) return 0;
  const above = (t: number): number => logUpperTail(t, degreesOfFreedom) - log(p);
  return rootAbove(above, 0, normalQuantile(p)) ?? Infinity;
}

/**
 * P(T' > t), T' = (Z + noncentrality)/sqrt(V/df), V chi-square with df degrees of freedom: over S = sqrt(V/df), the integral of its density
 * times P(Z > t S - noncentrality), which is log-concave. df >= 1.
 */
export function noncentralStudentTail(t: number, df: number, noncentrality: number): number {
  if (noncentrality === Infinity) return 1;
  if (noncentrality === -Infinity) return 0;
  const constant = 0.5 * log(2 * df) - stirlingError(df / 2) - 0.5 * log(2 * PI);
  const at = (s: number): number => logSpread(s, df) + logNormalTail(t * s - noncentrality);
  const slope = (s: number): number => {
    const z = t * s - noncentrality;
    const hazard = exp(-0.5 * z * z - 0.5 * log(2 * PI) - logNormalTail(z));
    return (s > 0 ? (df - 1) / s : df > 1 ? Infinity : 0) - df * s - t * hazard;
  };
  return exp(constant + logIntegral({ at, slope }));
}

/** ln of s^(df - 1) exp(-df (s^2 - 1)/2), by its distance from s = 1. */
function logSpread(s: number, df: number): number {
  if (s > 0.1) return df * (-tangentGap(s - 1) - 0.5 * (s - 1) ** 2) - log(s);
  return (df === 1 ? 0 : (df - 1) * log(s)) - 0.5 * df * (s * s - 1);
}
