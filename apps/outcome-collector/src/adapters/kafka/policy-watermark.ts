// How far the policies' topic has been applied, as an instant of this process's steady clock.
import { Watermark, type BusLogger, type BusOptions, type Ledger } from '@weir/bus';
import { policyPublished } from '@weir/contracts';
import { type AppliedUpTo } from '../../ports';

export class PolicyWatermark implements AppliedUpTo {
  private readonly watermark: Watermark;

  constructor(
    options: BusOptions & { readonly logger: BusLogger; readonly ledger: Ledger },
    private readonly steadyMs: () => number,
  ) {
    this.watermark = new Watermark({ ...options, topics: [policyPublished.topic] });
  }

  instantMs(): Promise<number | undefined> {
    return this.watermark.advance(this.steadyMs());
  }

  close(): Promise<void> {
    return this.watermark.close();
  }
}
