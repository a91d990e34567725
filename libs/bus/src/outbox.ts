// The outbox: what a change announces, written in the transaction of the change.
import { type EventContract } from '@weir/contracts';
import { type EntityManager } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { type OutgoingRecord } from './ports';

export interface EventHeaders {
  /** CloudEvents source: who says so. Default `weir`. */
  readonly source?: string;
  /** W3C trace context of what caused the event. */
  readonly traceparent?: string;
  /** The event's identity; by default a new UUIDv7. */
  readonly id?: string;
}

/** An event as a record: validated value, key by its contract, CloudEvents binary mode headers. */
export function toRecord<T>(contract: EventContract<T>, event: T, headers: EventHeaders = {}): OutgoingRecord {
  return {
    topic: contract.topic,
    key: contract.key(event),
    value: contract.encode(event),
    headers: {
      ce_specversion: '1.0',
      ce_id: headers.id ?? uuidv7(),
      ce_type: contract.type,
      ce_source: headers.source ?? 'weir',
      ce_time: new Date().toISOString(),
      'content-type': 'application/json',
      ...(headers.traceparent === undefined ? {} : { traceparent: headers.traceparent }),
    },
  };
}

export class Outbox {
  static readonly toRecord = toRecord;

  /** `urgent` rows do not wait for older transactions; something in the events themselves must order them (a revision). */
  async add(tx: EntityManager, records: readonly OutgoingRecord[], options: { urgent?: boolean } = {}): Promise<void> {
    if (records.length === 0) return;
    await tx.query(
      `insert into bus_outbox (topic, key, value, headers, urgent)
       select row.topic, row.key, row.value, row.headers::jsonb, $5
       from unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) with ordinality as row (topic, key, value, headers, place)
       order by row.place`,
      [
        records.map((record) => record.topic),
        records.map((record) => record.key),
        records.map((record) => (record.value === null ? null : Buffer.from(record.value))),
        records.map((record) => JSON.stringify(record.headers ?? {})),
        options.urgent ?? false,
      ],
    );
  }
}
