// Kafka's book: the predictions of this run in weir.prediction-served.v1, read from where the topic ended before it.
import { type BusOptions, endsOfTopic, type Positions, readRange } from '@weir/bus';
import { type PredictionServed, predictionServed } from '@weir/contracts';
import { waitUntil } from '../wait-until';

export type Served = Pick<PredictionServed, 'arm' | 'status'>;

export class KafkaBook {
  private constructor(
    private readonly bus: BusOptions,
    private readonly from: Positions,
  ) {}

  /** Opened before the first prediction is sent. */
  static async open(bus: BusOptions): Promise<KafkaBook> {
    const from = await waitUntil(() => endsOfTopic(bus, predictionServed.topic), { what: 'Kafka', withinMs: 60_000 });
    return new KafkaBook(bus, from);
  }

  /** Those of the wanted predictions that the topic holds now. The first record of an id counts. */
  async find(wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, Served>> {
    const read = async () => {
      const found = new Map<string, Served>();
      await readRange(this.bus, predictionServed, this.from, (event) => {
        if (event && wanted.has(event.predictionId) && !found.has(event.predictionId))
          found.set(event.predictionId, { arm: event.arm, status: event.status });
      });
      return found;
    };
    return waitUntil(read, { what: 'Kafka to give the predictions back', withinMs: 60_000 });
  }
}
