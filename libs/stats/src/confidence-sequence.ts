// The asymptotic confidence sequence: a normal interval that may be looked at as often as one likes.

/**
 * c such that the interval is narrowest at the information I* when q = c I/I*: -2 ln alpha + ln(1 - 2 ln alpha).
 * One-sided sequences take it at 2 alpha.
 */
export function tuning(alpha: number): number {
  return -2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha));
}

/**
 * Half the width, in standard errors; q = n rho^2, information in units of the tuning.
 * Two-sided: sqrt(2(q+1)/q ln(sqrt(q+1)/alpha)); one-sided: the logarithm is ln(1 + sqrt(q+1)/(2 alpha)).
 * Reference: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2021, equations 9 and 134.
 */
export function halfWidth(q: number, alpha: number, sided: 'one' | 'two'): number {
  const s = Math.sqrt(q + 1);
  const log = sided === 'two' ? Math.log(s / alpha) : Math.log1p(s / (2 * alpha));
  return Math.sqrt(((2 * (q + 1)) / q) * log);
}

/**
 * ln of the inverse of the always-valid p value at z standard errors (0 at p = 1): what an e-value is elsewhere.
 * Two-sided: p = s exp(-q z^2/(2(q+1))); one-sided, z > 0: p = s/(2(exp(q z^2/(2(q+1))) - 1)); s = sqrt(q+1).
 */
export function logEvidence(z: number, q: number, sided: 'one' | 'two'): number {
  const exponent = (q * z * z) / (2 * (q + 1));
  const logS = 0.5 * Math.log1p(q);
  if (sided === 'two') return Math.max(0, exponent - logS);
  if (!(z > 0)) return 0;
  const logOfExpm1 = exponent > 30 ? exponent : Math.log(Math.expm1(exponent));
  return Math.max(0, Math.LN2 + logOfExpm1 - logS);
}
