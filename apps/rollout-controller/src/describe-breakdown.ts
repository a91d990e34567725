// An experiment's effect by segment, with the warning that so many comparisons deserve.
import { type BreakdownView, type ExplorationQuery } from '@weir/contracts';
import { breakDown, noUnitTotals, type SegmentEffect, type SegmentTotals } from '@weir/stats';
import { breakdownWarning } from './domain/exploration-words';
import { pairUp } from './domain/summed-arms';
import { findEvidence } from './find-evidence';
import { type Store } from './ports';

const nothing = { ...noUnitTotals, segment: null, arm: '' };

export class DescribeBreakdown {
  constructor(private readonly store: Pick<Store, 'read'>) {}

  /** @throws Refused 404. */
  async of(id: string, query: ExplorationQuery): Promise<BreakdownView> {
    const { rollout, attempt, metric, direction, alpha } = await findEvidence(this.store.read, id, query);
    const { baseline, spec } = rollout;
    const given: SegmentTotals[] = [];
    for (const candidate of spec.candidates) {
      const arms = { baseline, candidate };
      const sums = await this.store.read.evidenceSums.bySegment({ rollout: id, attempt, metric, arms });
      for (const { key, pair } of pairUp(sums, ({ segment }) => segment, arms, nothing))
        given.push({ segment: key, candidate, totals: pair });
    }
    const { segments, heterogeneity, comparisons, expectedByChance } = breakDown(given, alpha);
    const sign = direction === 'up' ? 1 : -1;
    const shown = ({ adjustedPValue, effect }: SegmentEffect): 'better' | 'worse' | null =>
      adjustedPValue === null || adjustedPValue > alpha || !effect ? null : sign * effect > 0 ? 'better' : 'worse';
    return {
      ...{ rollout: id, attempt, metric, direction, alpha, baseline },
      segments: segments.map((each) => ({
        ...each,
        interval: each.interval && [...each.interval],
        shown: shown(each),
      })),
      ...{ heterogeneity: [...heterogeneity], comparisons, expectedByChance },
      warning: breakdownWarning({ comparisons, expectedByChance, alpha, heterogeneity }),
    };
  }
}
