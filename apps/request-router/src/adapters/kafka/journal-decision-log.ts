// Decisions and reports on their way to Kafka, by the journal that predictions take too.
import { type EventJournal, type JournalEntry } from '@weir/bus';
import { predictionDecided, predictionReported, type EventContract } from '@weir/contracts';
import { newId } from '../../new-id';
import { type DecisionEntry, type DecisionLog } from '../../ports';

export class JournalDecisionLog implements DecisionLog {
  private readonly source: string;

  constructor(
    private readonly journal: Pick<EventJournal, 'push' | 'append'>,
    router: string,
  ) {
    this.source = `weir/request-router/${router}`;
  }

  record(entry: DecisionEntry): void {
    this.journal.push(this.toJournal(entry));
  }

  append(entry: DecisionEntry): Promise<void> {
    return this.journal.append(this.toJournal(entry));
  }

  private toJournal({ traceparent, ...entry }: DecisionEntry): JournalEntry {
    if (entry.kind === 'decided')
      return this.rendered(predictionDecided, entry.event, entry.event.decidedAt, traceparent);
    return this.rendered(predictionReported, entry.event, entry.event.reportedAt, traceparent);
  }

  private rendered<T>(contract: EventContract<T>, event: T, at: string, traceparent: string | undefined): JournalEntry {
    return {
      topic: contract.topic,
      key: contract.key(event),
      headers: {
        ce_specversion: '1.0',
        ce_id: newId(),
        ce_type: contract.type,
        ce_source: this.source,
        ce_time: at,
        'content-type': 'application/json',
        ...(traceparent !== undefined && { traceparent }),
      },
      // what a caller may send was held against the contract's own shapes
      render: () => JSON.stringify(event),
    };
  }
}
