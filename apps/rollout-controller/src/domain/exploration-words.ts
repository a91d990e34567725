// What must be said beside figures that one explores: how many comparisons there were, and that nothing is decided by them.
import { type BrokenDown, type Series } from '@weir/stats';

type Compared = Pick<BrokenDown, 'comparisons' | 'expectedByChance' | 'heterogeneity'>;

export function breakdownWarning({
  comparisons,
  expectedByChance,
  heterogeneity,
  alpha,
}: Compared & { readonly alpha: number }): string {
  if (comparisons === 0) return 'No segment has 100 units in both arms yet.';
  const many =
    `${comparisons} ${comparisons === 1 ? 'comparison was' : 'comparisons were'} made: where nothing differs, ` +
    `${figure(expectedByChance)} of them would seem to at one look, at ${percent(alpha)} each. ` +
    'Adjusted p values (Benjamini and Hochberg) allow for that.';
  const apart = heterogeneity.filter(({ pValue }) => pValue <= alpha).map(({ candidate }) => candidate);
  const among =
    heterogeneity.length === 0
      ? ''
      : apart.length > 0
        ? ` The effect of ${apart.join(' and ')} differs among segments (Cochran's Q, one look).`
        : ' That segments differ among themselves is not shown: take the effect over all of them.';
  return `${many}${among} Nothing is decided by a segment: what surprises is a question for an experiment of its own.`;
}

export const seriesWarning =
  'Intervals are of one day and of one look each: of twenty days one is expected to lie outside at 95 %. ' +
  'Days with outcomes that are still to come are not complete.';

export function trendSentence(
  trend: Series['trend'],
  { candidate, metric, alpha }: { readonly candidate: string; readonly metric: string; readonly alpha: number },
): string {
  if (trend === null) return `${metric} of ${candidate}: too few days to tell whether the effect moves.`;
  const { perDay, pValue } = trend;
  const moves = `${metric} of ${candidate}: the effect moves by ${perDay > 0 ? '+' : ''}${figure(perDay)} a day (p ${figure(pValue)}, one look)`;
  return pValue <= alpha
    ? `${moves}: the effect over all days is not what it is now.`
    : `${moves}, which may be chance.`;
}

function figure(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-4) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
}

function percent(share: number): string {
  return `${figure(100 * share)} %`;
}
