// Several questions of one experiment: p values raised so that alpha holds for all of them together.

/**
 * Holm's step-down: p values whose rejection at alpha keeps the probability of any false one below alpha, under any dependence. In the order given.
 * Reference: Holm 1979.
 */
export function holm(pValues: readonly number[]): number[] {
  const m = pValues.length;
  let greatest = 0;
  return inOrder(pValues, 1, (p, rank) => (greatest = Math.max(greatest, Math.min(1, (m - rank) * p))));
}

/**
 * Benjamini and Hochberg's step-up: p values whose rejection at q keeps the expected share of false ones among the rejected below q, for tests that are
 * independent or positively dependent. For exploring. In the order given. Reference: Benjamini and Hochberg 1995.
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const m = pValues.length;
  let least = 1;
  return inOrder(pValues, -1, (p, rank) => (least = Math.min(least, (m * p) / (m - rank))));
}

/** Adjusts from the least (1) or from the greatest (-1); rank counts from 0 in that order. @throws RangeError for what is no probability. */
function inOrder(pValues: readonly number[], sign: 1 | -1, adjust: (p: number, rank: number) => number): number[] {
  const wrong = pValues.findIndex((p) => !(p >= 0 && p <= 1));
  if (wrong >= 0) throw new RangeError(`p value ${wrong} is not between 0 and 1: ${pValues[wrong]}`);
  const adjusted = pValues.map(() => 1);
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => sign * (a.p - b.p));
  for (const [rank, { p, index }] of order.entries()) adjusted[index] = adjust(p, rank);
  return adjusted;
}
