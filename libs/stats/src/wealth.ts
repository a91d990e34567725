// Betting on the difference of two arms: forty bettors with fixed fractions on each side, whose mean wealth is the e-value.
import { type Contrast } from './contrast';
import { logMean } from './numerics/log-sum';
import { type ArmCell, type Cell } from './window-cells';

const { log1p, max } = Math;

export interface Wealth {
  /** ln of each bettor's wealth that bets on harm, and on acceptance. */
  readonly harm: readonly number[];
  readonly acceptance: readonly number[];
  /** First values so far, of both arms. */
  readonly n: number;
  readonly sum: number;
}

/** Fractions of the largest stake that cannot lose everything: 0.01 to 0.95, log-spaced. */
export const fractions: readonly number[] = Array.from({ length: 40 }, (_, j) => 0.01 * 95 ** (j / 39));

const nothingWon: readonly number[] = fractions.map(() => 0);

export const noWealth: Wealth = { harm: nothingWon, acceptance: nothingWon, n: 0, sum: 0 };

export function logHarmWealth(wealth: Wealth): number {
  return logMean(wealth.harm);
}

export function logAcceptanceWealth(wealth: Wealth): number {
  return logMean(wealth.acceptance);
}

/** What is known before a window: the pooled mean of the values so far, and the values that there can be. */
export interface Guess {
  readonly mean: number;
  readonly least: number;
  readonly greatest: number;
}

/**
 * A value y of the candidate (probability rho) or of stable gives Z with mean sign(mu_c - kappa mu_b), whatever the centre:
 * Z = (v - centre)/rho for the candidate, -(kappa v - centre)/(1 - rho) for stable, v = sign y. Zero is the middle of what a guess expects.
 */
interface Payoff {
  readonly candidate: (value: number) => number;
  readonly baseline: (value: number) => number;
}

function payoffOf({ sign, kappa }: Contrast, share: number, mean: number): Payoff {
  const centre = sign * mean;
  return {
    candidate: (value) => (sign * value - centre) / share,
    baseline: (value) => -(kappa * sign * value - centre) / (1 - share),
  };
}

/** The greatest of sign times Z over all values that there can be. */
function greatestPayoff(payoff: Payoff, { least, greatest }: Guess, sign: 1 | -1): number {
  const ends = [least, greatest].flatMap((value) => [payoff.candidate(value), payoff.baseline(value)]);
  return max(...ends.map((z) => sign * z));
}

/** Adds a window's cells: `bet` gives what a fraction wins from a cell, as ln of the factor, on harm (1) or acceptance (-1). */
function addBets(wealth: Wealth, cell: Cell, bet: (fraction: number, side: 1 | -1) => number): Wealth {
  const { baseline, candidate } = cell;
  if (baseline.n + candidate.n === 0) return wealth;
  return {
    harm: wealth.harm.map((log, j) => log + bet(fractions[j] ?? 0, 1)),
    acceptance: wealth.acceptance.map((log, j) => log + bet(fractions[j] ?? 0, -1)),
    n: wealth.n + baseline.n + candidate.n,
    sum: wealth.sum + baseline.sum + candidate.sum,
  };
}

/**
 * Values 0 or 1, exact: harm: prod(1 - lambda(Z + m)), null mu_c - kappa mu_b >= -m; acceptance: prod(1 + lambda(Z + m)), null <= -m;
 * lambda a fraction of the largest that keeps every factor positive.
 * Reference: Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting".
 */
export function betOnBinary(wealth: Wealth, cell: Cell, contrast: Contrast, mean: number): Wealth {
  const payoff = payoffOf(contrast, cell.share, mean);
  const guess = { mean, least: 0, greatest: 1 };
  const outcomes = [
    [payoff.candidate(1), cell.candidate.sum],
    [payoff.candidate(0), cell.candidate.n - cell.candidate.sum],
    [payoff.baseline(1), cell.baseline.sum],
    [payoff.baseline(0), cell.baseline.n - cell.baseline.sum],
  ] as const;
  const most = {
    1: greatestPayoff(payoff, guess, 1) + contrast.margin,
    [-1]: greatestPayoff(payoff, guess, -1) - contrast.margin,
  };
  return addBets(wealth, cell, (fraction, side) => {
    const stake = (side * fraction) / most[side];
    let log = 0;
    for (const [z, times] of outcomes) if (times > 0) log += times * log1p(-stake * (z + contrast.margin));
    return log;
  });
}

/**
 * Values within declared bounds, from sums and sums of squares: prod exp(lambda X - psi(lambda)(X - x)^2) with X = -+(Z + m), x its guess (Z = 0),
 * psi(lambda) = (-ln(1 - lambda B) - lambda B)/B^2, B the most that X can fall below x: the empirical Bernstein supermartingale.
 * Reference: Fan, Grama and Liu 2015; Howard, Ramdas, McAuliffe and Sekhon 2021, theorem 4.
 */
export function betOnBounded(wealth: Wealth, cell: Cell, contrast: Contrast, guess: Guess): Wealth {
  const payoff = payoffOf(contrast, cell.share, guess.mean);
  const moments = [
    momentsOf(cell.candidate, payoff.candidate, guess),
    momentsOf(cell.baseline, payoff.baseline, guess),
  ];
  const n = cell.candidate.n + cell.baseline.n;
  const sum = moments.reduce((total, each) => total + each.sum, 0) + n * contrast.margin;
  const squares = moments.reduce((total, each) => total + each.squares, 0);
  const most = { 1: greatestPayoff(payoff, guess, 1), [-1]: greatestPayoff(payoff, guess, -1) };
  return addBets(wealth, cell, (fraction, side) => {
    const bound = most[side];
    return (-side * fraction * sum) / bound + ((log1p(-fraction) + fraction) * squares) / bound ** 2;
  });
}

/** sum Z and sum Z^2 over values of which n, sum and sum of squares are known; unknown squares are as great as the bounds allow. */
function momentsOf(arm: ArmCell, payoff: (value: number) => number, { least, greatest }: Guess) {
  const [intercept, slope] = [payoff(0), payoff(1) - payoff(0)];
  const valueSquares = arm.sumSquares ?? (least + greatest) * arm.sum - arm.n * least * greatest;
  return {
    sum: arm.n * intercept + slope * arm.sum,
    squares: arm.n * intercept ** 2 + 2 * intercept * slope * arm.sum + slope ** 2 * valueSquares,
  };
}
