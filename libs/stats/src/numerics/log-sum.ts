// Sums of numbers known by their logarithms: likelihoods over- and underflow, their logarithms do not.

/** ln of the sum of exp. Nothing summed: -Infinity. */
export function logSum(logs: readonly number[]): number {
  const greatest = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!Number.isFinite(greatest)) return greatest;
  return greatest + Math.log(logs.reduce((sum, each) => sum + Math.exp(each - greatest), 0));
}

export function logMean(logs: readonly number[]): number {
  return logSum(logs) - Math.log(logs.length);
}

/** ln(1 - exp(log)), log <= 0, without cancellation (Machler 2012). */
export function logOneMinus(log: number): number {
  return log > -Math.LN2 ? Math.log(-Math.expm1(log)) : Math.log1p(-Math.exp(log));
}

/** exp, kept below infinity so that it stays a number in JSON. */
export function expFinite(log: number): number {
  return Math.min(Math.exp(log), Number.MAX_VALUE);
}
