// The label e-process: errors of two arms, each labelled by its arm, against a margin on the ratio of their rates, carried through changes of the share.
import { logBetaMixture } from './beta-mixture';
import { labelShare, totalEvents, type LabelCounts } from './label-counts';
import { logBetaTails } from './numerics/beta-tails';
import { logIntegral, modeOf, type LogConcave } from './numerics/log-concave';
import { logBeta } from './numerics/log-gamma';
import { logSum } from './numerics/log-sum';

const { exp, expm1, log, log1p } = Math;

/** above: evidence against lambda_c <= r lambda_b (harm); below: against lambda_c >= r lambda_b (acceptance). */
export type LabelSide = 'above' | 'below';

/**
 * ln e = ln of the integral over phi beyond ln r of exp((phi - ln r) K) prod_j [(rho_j r + 1 - rho_j)/(rho_j e^phi + 1 - rho_j)]^n_j dpi(phi);
 * K candidate events, n_j events at share rho_j, pi the Beta prior of the first share (concentration 1/share), truncated at the margin.
 * One share: closed form. Valid at any stopping time under any load that both arms share, for shares that change predictably.
 * Reference: Lindon and Malek 2022, section 3; Lindon, Sanden and Shirikian 2022.
 */
export function logLabelEvidence(counts: LabelCounts, ratio: number, side: LabelSide): number {
  const { firstShare, candidate, shares } = counts;
  if (firstShare === null || shares.length === 0) return 0;
  const theta0 = labelShare(firstShare, ratio);
  const concentration = 1 / firstShare;
  if (shares.length === 1 && shares[0]?.share === firstShare) {
    return logBetaMixture({ theta0, concentration, count: candidate, of: totalEvents(counts), side });
  }
  const [a, b] = [concentration * theta0, concentration * (1 - theta0)];
  const tails = logBetaTails(a, b, theta0);
  return logIntegral(posterior(counts, ratio, side)) - (side === 'above' ? tails.upper : tails.lower);
}

/** A bound on ln e for harm that costs no integral: the greatest likelihood ratio. At most 0 means that no breach is possible. */
export function logLabelBound(counts: LabelCounts, ratio: number): number {
  if (counts.shares.length === 0) return 0;
  const likelihood = directed(1, counts.candidate, terms(counts, ratio));
  const mode = modeOf(likelihood);
  return mode === 0 ? 0 : likelihood.at(mode);
}

/** Rate ratio by maximum likelihood and its time-uniform interval at 1 - alpha; null: no bound. */
export function labelRatio(counts: LabelCounts, alpha: number): RatioEstimate | null {
  const events = totalEvents(counts);
  if (events === 0) return null;
  const { candidate } = counts;
  const [up, down] = ([1, -1] as const).map((sign) => directed(sign, sign * candidate, terms(counts, 1)));
  if (!up || !down) return null;
  const mixed = logSum([logIntegral(posterior(counts, 1, 'above')), logIntegral(posterior(counts, 1, 'below'))]);
  const level = mixed + log(alpha);
  const best = up.slope(0) > 0 ? modeOf(up) : -modeOf(down);
  const at = (x: number): number => (x >= 0 ? up.at(x) : down.at(-x));
  return {
    ratio: candidate === events ? null : candidate === 0 ? 0 : exp(best),
    interval: [
      candidate === 0 ? 0 : exp(crossing(at, level, best, -1)),
      candidate === events ? null : exp(crossing(at, level, best, 1)),
    ],
  };
}

export interface RatioEstimate {
  /** Null: no event of stable. */
  readonly ratio: number | null;
  readonly interval: [number, number | null];
}

/** Where a concave function falls below the level, going from its peak in the direction of sign. */
function crossing(at: (x: number) => number, level: number, peak: number, sign: 1 | -1): number {
  let width = 1e-3;
  while (width < 700 && at(peak + sign * width) > level) width *= 2;
  let [inside, outside] = [0, width];
  for (let step = 0; step < 50; step += 1) {
    const middle = (inside + outside) / 2;
    if (at(peak + sign * middle) > level) inside = middle;
    else outside = middle;
  }
  return peak + sign * inside;
}

interface Term {
  readonly events: number;
  /** The label's share at the margin. */
  readonly theta: number;
}

function terms({ shares }: LabelCounts, ratio: number): Term[] {
  return shares.map(({ share, events }) => ({ events, theta: labelShare(share, ratio) }));
}

/** Likelihood ratio times untruncated prior, in the distance from the margin; the prior is as events seen before. */
function posterior(counts: LabelCounts, ratio: number, side: LabelSide): LogConcave {
  const first = counts.firstShare ?? 0.5;
  const theta0 = labelShare(first, ratio);
  const [a, b] = [theta0 / first, (1 - theta0) / first];
  const sign = side === 'above' ? 1 : -1;
  const all = [{ events: a + b, theta: theta0 }, ...terms(counts, ratio)];
  const constant = a * log(theta0) + b * log1p(-theta0) - logBeta(a, b);
  return directed(sign, sign * (counts.candidate + a), all, constant);
}

/** sum over terms of -n ln(1 + theta(e^x - 1)) plus linear x, for x = sign u, u >= 0. */
function directed(sign: 1 | -1, linear: number, all: readonly Term[], constant = 0): LogConcave {
  return {
    at: (u) => {
      let value = constant + linear * u;
      for (const { events, theta } of all) value -= events * logShift(theta, sign * u);
      return value;
    },
    slope: (u) => {
      let value = linear;
      for (const { events, theta } of all) value -= sign * events * shifted(theta, sign * u);
      return value;
    },
  };
}

/** ln(1 + theta(e^x - 1)), without overflow. */
function logShift(theta: number, x: number): number {
  return x < 30 ? log1p(theta * expm1(x)) : x + log(theta + (1 - theta) * exp(-x));
}

/** The share theta at a log ratio of x more. */
function shifted(theta: number, x: number): number {
  return theta / (theta + (1 - theta) * exp(-x));
}
