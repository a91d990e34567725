// An effect day by day: does it wear off, as a novelty does, or grow as people learn? Decides nothing.
import { contrastArms } from './break-down';
import { ratioMean } from './contrast';
import { type UnitTotals } from './evidence-row';
import { type ArmPair } from './mean-sequence';
import { normalQuantile, normalTail } from './numerics/normal-tail';

/** Of one arm and day: sums of the records that were counted on it, Y = sum h y and D = sum h. */
export interface DaySums {
  readonly records: number;
  readonly y: number;
  readonly d: number;
}

export interface Day extends ArmPair<DaySums> {
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
}

export interface DayArm {
  readonly records: number;
  readonly value: number | null;
}

export interface DayEffect {
  readonly day: string;
  readonly baseline: DayArm;
  readonly candidateCounts: DayArm;
  readonly effect: number | null;
  readonly standardError: number | null;
  /** At 1 - alpha, of this day alone and of one look. */
  readonly interval: readonly [number, number] | null;
}

export interface Series {
  readonly days: readonly DayEffect[];
  /** By how much the effect moves from day to day, from three days on; null: fewer, or they cannot be told. */
  readonly trend: { readonly perDay: number; readonly standardError: number; readonly pValue: number } | null;
}

const leastDays = 3;

/**
 * Effects of days by their overlap-weighted means. The variance of an arm's day is that of its whole mean, which is over units, times D/D of the day: units that
 * come back on several days are one observation in it. Trend: least squares weighted by 1/variance, over the days as they lie in the calendar.
 *
 * @param days ascending. @param totals of all days together.
 */
export function dailySeries(days: readonly Day[], totals: ArmPair<UnitTotals>, alpha: number): Series {
  const spread = contrastArms(totals) && {
    baseline: ratioMean(totals.baseline),
    candidate: ratioMean(totals.candidate),
  };
  const told = days.map((day): DayEffect => {
    const seen = { day: day.day, baseline: armOf(day.baseline), candidateCounts: armOf(day.candidate) };
    const [before, after] = [seen.baseline.value, seen.candidateCounts.value];
    if (before === null || after === null || !spread?.baseline || !spread.candidate)
      return { ...seen, effect: before === null || after === null ? null : after - before, ...unknown };
    const variance =
      spread.baseline.variance * (totals.baseline.d / day.baseline.d) +
      spread.candidate.variance * (totals.candidate.d / day.candidate.d);
    const standardError = Math.sqrt(variance);
    const half = normalQuantile(alpha / 2) * standardError;
    return { ...seen, effect: after - before, standardError, interval: [after - before - half, after - before + half] };
  });
  return { days: told, trend: trendOf(told) };
}

const unknown = { standardError: null, interval: null };

function armOf({ records, y, d }: DaySums): DayArm {
  return { records, value: d > 0 ? y / d : null };
}

const dayMs = 86_400_000;

function trendOf(days: readonly DayEffect[]): Series['trend'] {
  const points = days.flatMap(({ day, effect, standardError }) =>
    effect !== null && standardError !== null && standardError > 0
      ? [{ x: Date.parse(day) / dayMs, y: effect, weight: standardError ** -2 }]
      : [],
  );
  if (points.length < leastDays) return null;
  const total = points.reduce((sum, { weight }) => sum + weight, 0);
  const middle = points.reduce((sum, { x, weight }) => sum + x * weight, 0) / total;
  const spread = points.reduce((sum, { x, weight }) => sum + weight * (x - middle) ** 2, 0);
  const perDay = points.reduce((sum, { x, y, weight }) => sum + weight * (x - middle) * y, 0) / spread;
  const standardError = 1 / Math.sqrt(spread);
  return { perDay, standardError, pValue: Math.min(1, 2 * normalTail(Math.abs(perDay) / standardError)) };
}
