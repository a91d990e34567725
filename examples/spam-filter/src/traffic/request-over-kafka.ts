// One prediction asked for over Kafka. Its answer goes to whoever reads weir.prediction-served.v1; the books look for it there.
import { type BusOptions, createProducer, type Producer, toRecord } from '@weir/bus';
import { predictionRequested } from '@weir/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { inferRequest } from './ask-router';
import { type PlannedPrediction } from './plan-traffic';

export class KafkaRequester {
  private readonly producer: Producer;

  constructor(
    bus: BusOptions,
    private readonly model: string,
    private readonly patienceMs: number,
  ) {
    this.producer = createProducer(bus);
  }

  /** True when Kafka has the request. Sent again under the same id where that was not certain. */
  async request(planned: PlannedPrediction, predictionId: string): Promise<boolean> {
    const { mailbox } = planned;
    const record = toRecord(predictionRequested, {
      predictionId,
      model: this.model,
      unit: mailbox.unit,
      attributes: { region: mailbox.region },
      request: inferRequest(planned),
    });
    const until = performance.now() + this.patienceMs;
    for (;;) {
      try {
        await this.producer.send([record]);
        return true;
      } catch {
        if (performance.now() > until) return false;
        await sleep(500);
      }
    }
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}
