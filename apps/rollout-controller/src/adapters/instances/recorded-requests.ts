// Requests that routers have recorded of late: read from the end of the topic, once for all instances of a batch.
import { endsOfTopic, readRange, type BusOptions } from '@weir/bus';
import { predictionServed, type Captured } from '@weir/contracts';
import { type RecordedRequest, type RecordedRequests } from '../../ports';

/** So many records from each partition's end are looked through. */
const lookBack = 2_000n;
const keptMs = 30_000;

export class TopicRequests implements RecordedRequests {
  private readonly kept = new Map<string, { readonly atMs: number; readonly requests: Promise<RecordedRequest[]> }>();

  constructor(private readonly bus: BusOptions) {}

  async latest(model: string, count: number): Promise<RecordedRequest[]> {
    const known = this.kept.get(model);
    const fresh = known && performance.now() - known.atMs < keptMs ? known : undefined;
    const read = fresh ?? { atMs: performance.now(), requests: this.read(model).catch(() => []) };
    this.kept.set(model, read);
    return (await read.requests).slice(-count);
  }

  private async read(model: string): Promise<RecordedRequest[]> {
    const ends = await endsOfTopic(this.bus, predictionServed.topic);
    const from = new Map([...ends].map(([partition, end]) => [partition, end > lookBack ? end - lookBack : 0n]));
    const found: RecordedRequest[] = [];
    await readRange({ ...this.bus, stalledMs: 5_000 }, predictionServed, from, (event) => {
      const request = event?.model === model ? requestOf(event.capture?.request) : undefined;
      if (request) found.push(request);
    });
    return found;
  }
}

function requestOf(captured: Captured | undefined): RecordedRequest | undefined {
  if (captured?.kind !== 'json' && captured?.kind !== 'base64') return undefined;
  const { contentType = 'application/json', headers = {} } = captured;
  const body =
    captured.kind === 'json' ? Buffer.from(JSON.stringify(captured.body)) : Buffer.from(captured.body, 'base64');
  return { headers: ['content-type', contentType, ...Object.entries(headers).flat()], body };
}
