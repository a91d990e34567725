// What the bus counts. A service maps this table to its metrics registry; without one nothing is counted.

type Kind = 'counter' | 'gauge' | 'histogram';

interface Definition {
  readonly kind: Kind;
  readonly help: string;
  readonly labels: readonly string[];
}

export const busMetricDefinitions = {
  weir_bus_handled_total: { kind: 'counter', help: 'Records handled.', labels: ['group', 'topic'] },
  weir_bus_chunk_seconds: { kind: 'histogram', help: 'Time to handle one chunk.', labels: ['group', 'topic'] },
  weir_bus_redelivered_total: {
    kind: 'counter',
    help: 'Records skipped because they had been applied.',
    labels: ['group', 'topic'],
  },
  weir_bus_dead_letters_total: {
    kind: 'counter',
    help: 'Records sent to the dead letters.',
    labels: ['group', 'topic', 'code'],
  },
  weir_bus_paused_total: {
    kind: 'counter',
    help: 'Pauses of a partition because a dependency was down.',
    labels: ['group', 'topic'],
  },
  weir_bus_rebalances_total: { kind: 'counter', help: 'Rebalances seen.', labels: ['group'] },
  weir_bus_crashes_total: { kind: 'counter', help: 'Crashes of a consumer, restarted or not.', labels: ['group'] },
  weir_bus_offset_gap_total: {
    kind: 'counter',
    help: 'Records that were gone before they were applied.',
    labels: ['group', 'topic'],
  },
  weir_bus_lag_records: { kind: 'gauge', help: 'Records not yet handled.', labels: ['group', 'topic', 'partition'] },
  weir_bus_produced_total: {
    kind: 'counter',
    help: 'Records acknowledged by all in-sync replicas.',
    labels: ['topic'],
  },
  weir_bus_produce_failures_total: { kind: 'counter', help: 'Sends given up.', labels: ['topic'] },
  weir_bus_outbox_published_total: { kind: 'counter', help: 'Outbox rows published.', labels: ['topic'] },
  weir_bus_outbox_oldest_seconds: { kind: 'gauge', help: 'Age of the oldest outbox row.', labels: [] },
  weir_bus_journal_dropped_total: { kind: 'counter', help: 'Journal records lost, by reason.', labels: ['reason'] },
  weir_bus_journal_pending_bytes: {
    kind: 'gauge',
    help: 'Bytes in the journal that Kafka has not acknowledged.',
    labels: [],
  },
  weir_bus_journal_on_disk: {
    kind: 'gauge',
    help: 'Journals that can write their disk; below the number of workers, what Kafka does not take dies with a process.',
    labels: [],
  },
  weir_bus_journal_torn_bytes_total: {
    kind: 'counter',
    help: 'Bytes cut from the tail of a journal after a crash.',
    labels: [],
  },
} as const satisfies Record<string, Definition>;

export type BusMetricName = keyof typeof busMetricDefinitions;
type Labels = Readonly<Record<string, string>>;

export interface BusMetrics {
  /** Adds to a counter. */
  add(name: BusMetricName, labels: Labels, by: number): void;
  /** Sets a gauge. */
  set(name: BusMetricName, labels: Labels, value: number): void;
  /** Observes a histogram. */
  observe(name: BusMetricName, labels: Labels, value: number): void;
}

export const noMetrics: BusMetrics = { add: () => undefined, set: () => undefined, observe: () => undefined };
