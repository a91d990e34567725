// Tests of paired values against a limit: exact on units' first pairs, clustered by unit on all of them.
import { logOneArm } from './beta-mixture';
import { logEvidence, tuning } from './confidence-sequence';
import { ratioMean } from './contrast';
import { logMean } from './numerics/log-sum';
import { fractions } from './wealth';
import { hasRepeats, type PairTotals } from './pair-totals';

const { abs, log, log1p, max, min, round, sqrt } = Math;

/**
 * agreement: a share of ones, at least 1 - `most`. signed: values of -1, 0 and 1, `sign` times their mean at most `most`. mean: any
 * numbers, their mean at most `most`. distance: any numbers, their mean at most `most` from 0. `most` is never below 0.
 */
export interface PairTest {
  readonly kind: 'agreement' | 'signed' | 'mean' | 'distance';
  readonly most: number;
  /** Of signed only: 1 where more is worse. */
  readonly sign: 1 | -1;
}

/** ln of the evidence, and of what it needs; null: there is none yet. */
export interface PairEvidence {
  readonly logE: number | null;
  readonly logThreshold: number;
}

/** The normal approximation is not trusted below. */
const leastUnits = 100;
const leastEvents = 10;

/** Against "within the limit". Half of alpha is for the exact test or the one side, half for the clustered one or the other. */
export function pairHarm(totals: PairTotals, test: PairTest, alpha: number): PairEvidence {
  const approximate = sidesOf(totals, test).map((side) => clustered(totals, side, 1, alpha / 2));
  return { logE: greatest([exact(totals, test, 'above'), ...approximate]), logThreshold: log(2 / alpha) };
}

/** Against "beyond the limit". */
export function pairAcceptance(totals: PairTotals, test: PairTest, beta: number): PairEvidence {
  if (test.kind === 'mean' || test.kind === 'distance') {
    const sides = sidesOf(totals, test).map((side) => clustered(totals, side, -1, beta));
    return { logE: sides.includes(null) ? null : min(...sides.map(Number)), logThreshold: -log(beta) };
  }
  const onFirsts = exact(totals, test, 'below');
  if (!hasRepeats(totals)) return { logE: onFirsts, logThreshold: -log(beta) };
  const all = sidesOf(totals, test).map((side) => clustered(totals, side, -1, beta / 2));
  return { logE: greatest([onFirsts, ...all]), logThreshold: log(2 / beta) };
}

/** The mean that is tested, as sign x mean <= limit; `scale`: the size of a difference that matters. */
interface Side {
  readonly sign: 1 | -1;
  readonly limit: number;
  readonly scale: number;
}

/** The clustered test of a share or of signs is for units that come again, and for enough that differs. */
function sidesOf(totals: PairTotals, { kind, most, sign }: PairTest): Side[] {
  const scale = most === 0 ? 0.01 : min(most, 1);
  switch (kind) {
    case 'mean':
      return [{ sign: 1, limit: most, scale }];
    case 'distance':
      return [
        { sign: 1, limit: most, scale: most },
        { sign: -1, limit: most, scale: most },
      ];
    case 'agreement':
      return hasRepeats(totals) && totals.n - totals.sum >= leastEvents ? [{ sign: -1, limit: most - 1, scale }] : [];
    case 'signed':
      return hasRepeats(totals) && totals.sumSquares >= leastEvents ? [{ sign, limit: most, scale }] : [];
  }
}

/** ln of 1/p that sign x mean is above (1) or below (-1) the limit, by a confidence sequence clustered by unit. */
function clustered({ units }: PairTotals, { sign, limit, scale }: Side, side: 1 | -1, alpha: number): number | null {
  const found = ratioMean(units);
  if (!found || round(found.units) < leastUnits) return null;
  const beyond = side * (sign * found.mean - limit);
  if (found.variance === 0) return beyond > 0 || (beyond === 0 && side < 0) ? Number.MAX_VALUE : 0;
  const error = sqrt(found.variance);
  return logEvidence(beyond / error, tunedInformation(error, scale, alpha), 'one');
}

/** Narrowest where half of the scale is two standard errors: fixed by the limit, so that it never follows the data. */
export function tunedInformation(error: number, scale: number, alpha: number): number {
  return (tuning(min(0.99, 2 * alpha)) * scale ** 2) / (8 * error ** 2);
}

function exact({ firsts }: PairTotals, test: PairTest, side: 'above' | 'below'): number | null {
  if (firsts.n === 0 || test.kind === 'mean' || test.kind === 'distance') return null;
  return test.kind === 'agreement' ? agreementEvidence(firsts, test.most, side) : signedEvidence(firsts, test, side);
}

type Firsts = PairTotals['firsts'];

function agreementEvidence({ n, sum }: Firsts, most: number, side: 'above' | 'below'): number {
  const differing = max(0, n - sum);
  // where no pair may differ, one that does is certain, and none that does is all that can be asked
  if (most <= 0) return (side === 'above') === differing > 0 ? Number.MAX_VALUE : 0;
  return logOneArm(min(most, 1 - 1e-9), differing, n, side);
}

/**
 * Betting: the mean over 40 fractions of prod(1 + l(x - m)) for harm, prod(1 - l(x - m)) for acceptance, l that fraction of the largest
 * stake that cannot lose everything. Values between -1, 0 and 1 are taken for more of both signs, which only costs power.
 * Reference: Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting".
 */
function signedEvidence({ n, sum, sumSquares }: Firsts, { most, sign }: PairTest, side: 'above' | 'below'): number {
  const isWhole = Number.isInteger(sum) && Number.isInteger(sumSquares);
  const differing = min(n, isWhole ? max(sumSquares, abs(sum)) : sqrt(n * sumSquares));
  const [up, down] = [(differing + sign * sum) / 2, (differing - sign * sum) / 2];
  const bet = side === 'above' ? 1 : -1;
  const largest = 1 / (bet > 0 ? 1 + most : 1 - most);
  return logMean(
    fractions.map((fraction) => {
      const stake = bet * fraction * largest;
      const wins = up * log1p(stake * (1 - most)) + down * log1p(stake * (-1 - most));
      return wins + (n - differing) * log1p(-stake * most);
    }),
  );
}

function greatest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : max(...known);
}
