// Gives the broker the router's own events again, at the router's own rate, for next to no work of the sender's: one produce
// request, encoded once and written again and again. So peers pay for a busy broker on their machine as Weir does.
import { connect, type Socket } from 'node:net';
import { endsOfTopic, readRange, type BusOptions } from '@weir/bus';
import { predictionServed } from '@weir/contracts';
import encode from 'kafkajs/src/protocol/request';
import produce from 'kafkajs/src/protocol/requests/produce/v7/request';

interface Message {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** As often as the router's journal is flushed. */
const everyMs = 20;
const pollMs = 5;

export class BrokerLoad {
  private socket: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly bus: BusOptions,
    private readonly samples: readonly Message[],
    private readonly partitions: readonly number[],
  ) {}

  /** Takes the last events that the router has sent as samples. */
  static async sample(bus: BusOptions): Promise<BrokerLoad> {
    const ends = await endsOfTopic(bus, predictionServed.topic);
    const from = new Map([...ends].map(([partition, end]) => [partition, end > 20n ? end - 20n : 0n]));
    const samples: Message[] = [];
    await readRange(bus, predictionServed, from, (_, { key, value, headers }) => samples.push({ key, value, headers }));
    if (samples.length === 0) throw new Error('the router has sent no event to sample');
    return new BrokerLoad(bus, samples, [...ends.keys()]);
  }

  get meanBytes(): number {
    const bytes = this.samples.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    return Math.round(bytes / this.samples.length);
  }

  async start(eventsPerSecond: number): Promise<void> {
    const each = Math.max(1, Math.round((eventsPerSecond * everyMs) / 1_000 / this.partitions.length));
    const request = await this.encoded(each);
    const periodMs = (each * this.partitions.length * 1_000) / eventsPerSecond;
    const [host = '', port] = (this.bus.brokers[0] ?? '').split(':');
    const socket = connect(Number(port), host);
    socket.on('data', () => undefined); // the answers
    socket.on('error', () => undefined); // the counts tell
    this.socket = socket;
    let dueMs = performance.now();
    this.timer = setInterval(() => {
      for (; dueMs <= performance.now(); dueMs += periodMs) socket.write(request);
    }, pollMs);
  }

  stop(): void {
    clearInterval(this.timer);
    this.socket?.destroy();
  }

  private async encoded(each: number): Promise<Buffer> {
    const messages = (partition: number): Message[] =>
      Array.from(
        { length: each },
        (_, index) => this.samples[(index + partition * 7) % this.samples.length] as Message,
      );
    const topicData = [
      {
        topic: this.bus.topicPrefix + predictionServed.topic,
        partitions: this.partitions.map((partition) => ({ partition, messages: messages(partition) })),
      },
    ];
    const request = produce({ acks: -1, timeout: 5_000, topicData });
    return (await encode({ correlationId: 1, clientId: 'bench', request })).buffer;
  }
}
