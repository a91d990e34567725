// Asks the brokers where the logs of a topic begin and end, and where a group stands.
import { type Admin } from 'kafkajs';
import { type LogEnds } from './offset-guard';
import { wireName } from './names';

export interface LogEnd {
  readonly low: bigint;
  readonly high: bigint;
}

export class LogEndsReader implements LogEnds {
  private connecting: Promise<void> | undefined;

  constructor(
    private readonly admin: Admin,
    private readonly prefix: string,
  ) {}

  async of(topic: string, partition: number): Promise<LogEnd> {
    return (await this.ofTopic(topic)).get(partition) ?? { low: 0n, high: 0n };
  }

  async ofTopic(topic: string): Promise<ReadonlyMap<number, LogEnd>> {
    await this.connected();
    const offsets = await this.admin.fetchTopicOffsets(wireName(this.prefix, topic));
    return new Map(offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]));
  }

  /** The next offset to read by Kafka's own commits; partitions without one are absent. */
  async committed(group: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
    await this.connected();
    const [answer] = await this.admin.fetchOffsets({
      groupId: wireName(this.prefix, group),
      topics: [wireName(this.prefix, topic)],
    });
    const known = (answer?.partitions ?? []).filter(({ offset }) => BigInt(offset) >= 0n);
    return new Map(known.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  async connected(): Promise<Admin> {
    this.connecting ??= this.admin.connect();
    try {
      await this.connecting;
    } catch (error) {
      this.connecting = undefined;
      throw error;
    }
    return this.admin;
  }
}
