// Kafka for Weir.
export type { Chunk, IncomingRecord, OutgoingRecord, Producer, Received, Refusal } from './ports';
