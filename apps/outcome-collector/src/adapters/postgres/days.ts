// What is filed by day, and what else goes by age.
import { DayPartitions } from '@weir/service';
import { type DataSource } from 'typeorm';
import { dayOf, outcomeDay, predictionDay, undatedDay } from '../../domain/prediction-day';
import { type Days } from '../../ports';
import { dropSettled } from './decided.sql';
import { dropHistories, dropKeys, dropUndatedOutcomes, dropUnits } from './upkeep.sql';

const dayMs = 86_400_000;
const atOnce = 10_000;

export class PostgresDays implements Days {
  private readonly partitions: DayPartitions;

  constructor(
    private readonly dataSource: DataSource,
    private readonly retentionDays: number,
    private readonly nowMs: () => number,
  ) {
    this.partitions = new DayPartitions(dataSource, ['predictions', 'outcomes'], [undatedDay]);
  }

  forPredictions(predictions: readonly { predictionId: string; servedAt: string }[]): Promise<void> {
    return this.partitions.ensure(
      predictions.map((one) => predictionDay(one.predictionId, Date.parse(one.servedAt), this.retentionDays)),
    );
  }

  async forOutcomes(outcomes: readonly { predictionId: string }[]): Promise<void> {
    const days = outcomes.map(({ predictionId }) => outcomeDay(predictionId, this.nowMs(), this.retentionDays));
    await this.partitions.ensure([undatedDay], ['outcomes']);
    await this.partitions.ensure(days.filter((day) => day !== undatedDay));
  }

  /** Today and tomorrow before anybody needs them. */
  async prepare(): Promise<void> {
    await this.partitions.ensure([undatedDay], ['outcomes']);
    await this.partitions.ensure([dayOf(this.nowMs()), dayOf(this.nowMs() + dayMs)]);
  }

  /** Days older than this are forgotten; so are rollouts that counted nothing for as long, and idempotency keys after 7 days. */
  async drop(): Promise<void> {
    await this.partitions.dropBefore(dayOf(this.nowMs() - this.retentionDays * dayMs));
    const age = `${this.retentionDays} days`;
    await this.dropAll(dropUndatedOutcomes, age);
    await this.dropAll(dropUnits, age);
    await this.dropAll(dropHistories, age);
    await this.dropAll(dropKeys, '7 days');
    await this.dataSource.query(dropSettled);
  }

  /** A few at a time: no statement takes long, and nobody waits for it. */
  private async dropAll(sql: string, age: string): Promise<void> {
    for (;;) {
      const [, dropped] = await this.dataSource.query<[unknown, number]>(sql, [age, atOnce]);
      if (dropped < atOnce) return;
    }
  }
}
