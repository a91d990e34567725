// How far topics of intake have been applied, as an instant: what was appended before it is in the database.
import { Watermark, type BusLogger, type BusOptions, type Ledger } from '@weir/bus';
import { type AppliedUpTo } from '../../ports';

/** The broker stamps arrivals by its clock, instants are by the database's: they may differ by this much. */
const clockSkewMs = 1_000;

export class IntakeWatermark implements AppliedUpTo {
  private readonly watermark: Watermark;

  constructor(
    options: BusOptions & { readonly logger: BusLogger; readonly ledger: Ledger },
    topics: readonly string[],
    private readonly nowMs: () => Promise<number>,
  ) {
    this.watermark = new Watermark({ ...options, topics });
  }

  async instantMs(): Promise<number | undefined> {
    const passedMs = await this.watermark.advance(await this.nowMs());
    return passedMs === undefined ? undefined : passedMs - clockSkewMs;
  }

  close(): Promise<void> {
    return this.watermark.close();
  }
}
