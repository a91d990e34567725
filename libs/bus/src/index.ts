// Kafka for Weir.
export type { Chunk, IncomingRecord, OutgoingRecord, Producer, Received, Refusal } from './ports';
export type { BusOptions } from './kafka-client';
export { silentLogger, type BusLogger } from './bus-logger';
export { busMetricDefinitions, noMetrics, type BusMetricName, type BusMetrics } from './bus-metrics';
export { meterBus, type Instruments } from './meter-bus';
export { BusError, DependencyDown, RefusedRecords } from './errors';
export { classifyError, type Classified } from './classify-error';
export { BatchEvents, type BatchEventsOptions } from './batch-events';
export { KafkaBatchServer, type KafkaBatchServerOptions } from './kafka-batch-server';
export { createProducer, type ProducerOptions } from './create-producer';
export { ensureTopics } from './ensure-topics';
export { Ledger, type Applied, type OffsetTruth, type Position } from './ledger';
export { followKeys, type KeyHealth, type KeysInMemory } from './follow-keys';
export { followPolicies, type PolicyHealth } from './follow-policies';
export { LedgerPassing } from './ledger-passing';
export { openLedgerBus, type LedgerBus, type LedgerBusOptions } from './open-ledger-bus';
export { UnavailableError, withDatabase } from './with-database';
export { Outbox, toRecord, type EventHeaders } from './outbox';
export { OutboxRelay, type OutboxRelayOptions } from './outbox-relay';
export { busMigrations } from './bus-migrations';
export { readCompacted, type CompactedReader, type ReadCompactedOptions } from './read-compacted';
export { deadLetterTopic } from './names';
export { deadLetterHeaders } from './dead-letter';
export {
  DeadLetters,
  type DeadLetter,
  type FullDeadLetter,
  type ReplayChoice,
  type ReplayResult,
} from './dead-letters';
export { Watermark, type WatermarkOptions } from './watermark';
export { endsOfTopic, readRange, type Positions, type ReadRangeOptions } from './read-range';
export { EventJournal, type EventJournalOptions, type JournalEntry, type JournalStatus } from './event-journal';
