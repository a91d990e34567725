// The prediction log over the bus's journal: a ring in memory, then the disk, then Kafka.
import { type EventJournal, type JournalEntry } from '@weir/bus';
import { predictionServed } from '@weir/contracts';
import { type PredictionEntry, type PredictionLog } from '../../ports';
import { renderPrediction } from '../../render-prediction';

export class JournalPredictionLog implements PredictionLog {
  private readonly source: string;

  constructor(
    private readonly journal: Pick<EventJournal, 'push' | 'append'>,
    router: string,
  ) {
    this.source = `weir/request-router/${router}`;
  }

  record(entry: PredictionEntry): void {
    this.journal.push(this.toJournal(entry));
  }

  append(entry: PredictionEntry): Promise<void> {
    return this.journal.append(this.toJournal(entry));
  }

  private toJournal(entry: PredictionEntry): JournalEntry {
    const { facts, id, traceparent, request, response } = entry;
    return {
      topic: predictionServed.topic,
      key: facts.predictionId,
      headers: {
        ce_specversion: '1.0',
        ce_id: id,
        ce_type: predictionServed.type,
        ce_source: this.source,
        ce_time: facts.servedAt,
        'content-type': 'application/json',
        ...(traceparent !== undefined && { traceparent }),
      },
      render: () => renderPrediction(entry),
      // the ring holds the bodies until they are rendered
      approximateBytes: 1_024 + request.bytes.length + (response?.bytes.length ?? 0),
    };
  }
}
