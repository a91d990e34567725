// The intake of prediction-requested: chunks with a bounded number of calls under way at once.
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchEvents, DependencyDown, RefusedRecords, type Chunk, type Received } from '@weir/bus';
import { predictionRequested, type PredictionRequested } from '@weir/contracts';
import { AnswerRequested, type Requested } from '../../answer-requested';

export const policyKnown = Symbol('policyKnown');

const underWayAtMost = 32;

/**
 * Redelivery asks the model again and records again: the router has no database to know better, and whoever reads
 * prediction-served keeps the first record of a predictionId.
 */
@Controller()
export class RequestedPredictions {
  constructor(
    @Inject(AnswerRequested) private readonly requests: AnswerRequested,
    @Inject(policyKnown) private readonly known: () => boolean,
  ) {}

  @BatchEvents(predictionRequested, { max: 200 })
  async handle(@Payload() chunk: Chunk<PredictionRequested>): Promise<void> {
    if (!this.known()) throw new DependencyDown('policy', 'not read yet: every model would be unknown');
    const requests = chunk.records.map((received) => ({ received, requested: toRequested(received) }));
    const refusals = requests.flatMap(({ received, requested }) => {
      const refusal = this.requests.refusal(requested);
      return refusal ? [{ record: received.record, ...refusal }] : [];
    });
    // nothing has been asked yet: the bus hands over the rest of the chunk again
    if (refusals.length > 0) throw new RefusedRecords(refusals);
    await inParallel(requests, underWayAtMost, async ({ requested }) => {
      await this.requests.answer(requested);
      await chunk.heartbeat();
    });
  }
}

function toRequested({ event, record }: Received<PredictionRequested>): Requested {
  return {
    event,
    text: record.value?.toString('utf8') ?? '',
    replyTo: record.headers['reply-to'],
    traceparent: record.headers['traceparent'],
  };
}

async function inParallel<T>(items: readonly T[], atMost: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atMost, items.length) }, worker));
}
