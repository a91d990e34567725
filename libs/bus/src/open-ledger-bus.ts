// What a service that counts in transactions holds open of the bus: the ledger of what it has applied, and what sends its outbox.
import { type DataSource } from 'typeorm';
import { type BusLogger } from './bus-logger';
import { type BusMetrics } from './bus-metrics';
import { createProducer } from './create-producer';
import { type BusOptions } from './kafka-client';
import { Ledger } from './ledger';
import { OutboxRelay } from './outbox-relay';

export interface LedgerBusOptions extends BusOptions {
  readonly dataSource: DataSource;
  /** The consumer group, without prefix. */
  readonly group: string;
  readonly logger: BusLogger;
  readonly metrics: BusMetrics;
}

export interface LedgerBus {
  readonly ledger: Ledger;
  /** Not started. */
  readonly relay: OutboxRelay;
  /** Ends the round under way, then disconnects; the database stays open. */
  readonly close: () => Promise<void>;
}

export function openLedgerBus({ dataSource, group, ...bus }: LedgerBusOptions): LedgerBus {
  const { logger, metrics } = bus;
  const producer = createProducer({ ...bus, lingerMs: 0 });
  const relay = new OutboxRelay({ dataSource, producer, logger, metrics });
  const close = async (): Promise<void> => {
    await relay.stop();
    await producer.close();
  };
  return { ledger: new Ledger(dataSource, group, metrics), relay, close };
}
