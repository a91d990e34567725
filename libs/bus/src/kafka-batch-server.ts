// Kafka for Nest: a microservice strategy whose handlers get batches (see @BatchEvents).
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { kafkaBatchTransport, type BatchRoute } from './batch-events';
import { describeError, type BusLogger } from './bus-logger';
import { noMetrics, type BusMetrics } from './bus-metrics';
import { BugStreak } from './bug-streak';
import { type Route } from './consume-batch';
import { GroupConsumer } from './group-consumer';
import { type BusOptions } from './kafka-client';
import { type OffsetTruth } from './ledger';
import { type Chunk } from './ports';

export interface KafkaBatchServerOptions extends BusOptions {
  /** The consumer group, without prefix. */
  readonly group: string;
  readonly logger: BusLogger;
  readonly metrics?: BusMetrics;
  /** Where the offsets' truth is. Give it wherever handlers use a Ledger: Kafka's own commits are then only a hint. */
  readonly ledger?: OffsetTruth;
  /** Called when the consumer died for good. Default: the process ends with status 1, for its supervisor to start it again. */
  readonly onFatal?: (error: Error) => void;
  /** How long a partition may be behind without moving until liveness() complains, milliseconds. Default 60000. */
  readonly stallAfterMs?: number;
  /** How long a member may be silent until the group gives its partitions away, milliseconds. Default 10000. */
  readonly sessionTimeoutMs?: number;
  /** A fetch waits for so many bytes of all its partitions, but no longer than 200 ms: fewer and larger chunks. Default 1. */
  readonly gatherBytes?: number;
  /** How long close() waits for the chunk under way, milliseconds. Default 15000. */
  readonly closeTimeoutMs?: number;
}

export class KafkaBatchServer extends Server implements CustomTransportStrategy {
  override readonly transportId = kafkaBatchTransport;
  private consumer: GroupConsumer | undefined;

  constructor(private readonly options: KafkaBatchServerOptions) {
    super();
  }

  override addHandler(
    pattern: string,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const route = extras as unknown as BatchRoute;
    if (route.group !== undefined && route.group !== this.options.group) return;
    if (this.messageHandlers.has(this.normalizePattern(pattern)))
      throw new Error(
        `two handlers of ${pattern} in the group ${this.options.group}: the second would never be retried on its own`,
      );
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  /** Does not wait for Kafka: a service serves what it can while the brokers are away, and joins when they come. */
  listen(callback: (error?: unknown) => void): void {
    const routes = new Map([...this.messageHandlers.values()].map((handler) => routeOf(handler)));
    this.consumer = new GroupConsumer(
      {
        ...this.options,
        metrics: this.options.metrics ?? noMetrics,
        onFatal: this.options.onFatal ?? endProcess(this.options.logger),
      },
      routes,
    );
    this.consumer.start().then(() => callback(), callback);
  }

  /** Finishes the chunk under way, commits and leaves the group. */
  async close(): Promise<void> {
    await this.consumer?.close();
  }

  /** For readiness: is the group joined? The detail names partitions that wait for a dependency. */
  health(): { ok: boolean; detail: string } {
    return this.consumer?.health() ?? { ok: false, detail: 'not started' };
  }

  /** For liveness: why only a restart would help, or undefined. */
  liveness(): string | undefined {
    return this.consumer?.liveness();
  }

  /** Records not handled yet, of the partitions that are this member's. */
  lag(): number {
    return this.consumer?.lag() ?? 0;
  }

  on(): never {
    throw new Error('KafkaBatchServer has no events; see health() and liveness()');
  }

  unwrap<T>(): T {
    return this.consumer as T;
  }
}

function routeOf(handler: MessageHandler): [string, Route] {
  const route = handler.extras as unknown as BatchRoute | undefined;
  if (!route?.contract) throw new Error('handlers of KafkaBatchServer are declared with @BatchEvents');
  const handle = async (chunk: Chunk<unknown>) => {
    // Nest wraps results in observables; none of them carries anything
    const result: unknown = await handler(chunk);
    if (typeof result === 'object' && result !== null && 'subscribe' in result)
      await lastValueFrom(result as Parameters<typeof lastValueFrom>[0], { defaultValue: undefined });
  };
  return [route.contract.topic, { ...route, handle, bugs: new BugStreak() }];
}

function endProcess(logger: BusLogger): (error: Error) => void {
  return (error) => {
    logger.error({ error: describeError(error) }, 'the Kafka consumer has died; the process ends');
    process.exit(1);
  };
}
