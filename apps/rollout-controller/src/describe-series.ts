// An experiment's effect day by day: does it wear off?
import { type ExplorationQuery, type SeriesView } from '@weir/contracts';
import { dailySeries } from '@weir/stats';
import { seriesWarning, trendSentence } from './domain/exploration-words';
import { pairUp, sumUnits } from './domain/summed-arms';
import { findEvidence } from './find-evidence';
import { type Store } from './ports';

const nothing = { day: '', arm: '', records: 0, y: 0, d: 0 };

export class DescribeSeries {
  constructor(private readonly store: Pick<Store, 'read'>) {}

  /** @throws Refused 404. */
  async of(id: string, query: ExplorationQuery): Promise<SeriesView> {
    const { rollout, attempt, metric, direction, alpha } = await findEvidence(this.store.read, id, query);
    const { baseline, spec } = rollout;
    const series: SeriesView['series'] = [];
    for (const candidate of spec.candidates) {
      const asked = { rollout: id, attempt, metric, arms: { baseline, candidate } };
      const sums = await this.store.read.evidenceSums.byDay(asked);
      const days = pairUp(sums, ({ day }) => day, asked.arms, nothing);
      const totals = sumUnits(await this.store.read.evidenceSums.bySegment(asked), asked.arms);
      const told = dailySeries(
        days.map(({ key, pair }) => ({ ...pair, day: key })),
        totals,
        alpha,
      );
      series.push({
        candidate,
        days: told.days.map((day) => ({ ...day, interval: day.interval && [...day.interval] })),
        trend: told.trend,
        sentence: trendSentence(told.trend, { candidate, metric, alpha }),
      });
    }
    return { ...{ rollout: id, attempt, metric, direction, alpha, baseline }, series, warning: seriesWarning };
  }
}
