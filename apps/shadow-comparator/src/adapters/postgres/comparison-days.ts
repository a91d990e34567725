// Results are filed by day of serving, and dropped by age.
import { DayPartitions } from '@weir/service';
import { type DataSource } from 'typeorm';
import { dayOf } from '../../domain/shadowed-stage';
import { type Days } from '../../ports';
import { dropOld } from './comparator.sql';

const dayMs = 86_400_000;

export class ComparisonDays implements Days {
  private readonly partitions: DayPartitions;

  constructor(
    private readonly dataSource: DataSource,
    private readonly retentionDays: number,
    private readonly nowMs: () => number,
  ) {
    this.partitions = new DayPartitions(dataSource, ['comparisons', 'outcomes']);
  }

  ensure(servedAt: readonly string[]): Promise<void> {
    return this.partitions.ensure(servedAt.map(dayOf));
  }

  /** Days older than the retention are forgotten, and so is all of rollouts that counted nothing for as long. */
  async drop(): Promise<void> {
    await this.partitions.dropBefore(dayOf(new Date(this.nowMs() - this.retentionDays * dayMs).toISOString()));
    for (const statement of dropOld) await this.dataSource.query(statement, [`${this.retentionDays} days`]);
  }
}
