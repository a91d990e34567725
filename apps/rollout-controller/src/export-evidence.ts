// All evidence of an attempt as CSV, for those who want to count again: as it lies in the table, a page at a time.
import { type Evidence } from '@weir/contracts';
import { csvHeader, csvLine } from './domain/evidence-csv';
import { findAttempt } from './find-evidence';
import { type Store } from './ports';

const pageRows = 1_000;

export class ExportEvidence {
  constructor(private readonly store: Pick<Store, 'read'>) {}

  /** Text in parts; nothing of it is held. Rejects at once, before any text: @throws Refused 404. */
  async of(id: string, asked: number | undefined): Promise<{ attempt: number; text: AsyncIterable<string> }> {
    const { attempt } = await findAttempt(this.store.read, id, asked);
    return { attempt, text: this.pages(id, attempt) };
  }

  private async *pages(id: string, attempt: number): AsyncGenerator<string> {
    yield csvHeader;
    let last: Evidence | undefined;
    for (;;) {
      const rows = await this.store.read.evidenceSums.page({ rollout: id, attempt, after: last, limit: pageRows });
      if (rows.length > 0) yield rows.map(csvLine).join('');
      if (rows.length < pageRows) return;
      last = rows.at(-1);
    }
  }
}
