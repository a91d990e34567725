// Sums of numbers known by their logarithms: likelihoods over- and underflow, their logarithms do not.

const { exp, expm1, LN2, log, log1p, max, min } = Math;

/** ln of the sum of exp. Nothing summed: -Infinity. */
export function logSum(logs: readonly number[]): number {
  let greatest = -Infinity;
  for (const each of logs) greatest = max(greatest, each);
  if (!Number.isFinite(greatest)) return greatest;
  let sum = 0;
  for (const each of logs) sum += exp(each - greatest);
  return greatest + log(sum);
}

export function logMean(logs: readonly number[]): number {
  return logSum(logs) - log(logs.length);
}

/** ln(1 - e^x), x <= 0, without cancellation (Machler 2012). */
export function logOneMinus(x: number): number {
  return x > -LN2 ? log(-expm1(x)) : log1p(-exp(x));
}

/** e^x, kept below infinity so that it stays a number in JSON. */
export function expFinite(x: number): number {
  return min(exp(x), Number.MAX_VALUE);
}
