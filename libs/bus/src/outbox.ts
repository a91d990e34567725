// The outbox: what a change announces, written in the transaction of the change.
import { type EventContract } from '@weir/contracts';
import { type EntityManager } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { fromRow, toRows, type OutboxRow, type Packed } from './outbox-pack';
import { type OutgoingRecord } from './ports';
import { recentPacksOf, type PackKey } from './recent-packs';

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
    const packed = toRows(records);
    const packs = packed.filter(({ row }) => row.records !== null);
    // a pack goes alone: its bytes need no escaping then
    if (packs.length === 0) await insert(tx, packed, options);
    else
      for (const one of packed)
        await (one.row.records === null ? insert(tx, [one], options) : insertPack(tx, one, options));
  }

  /** What has not been published, in the order of writing. */
  async waiting(database: Pick<EntityManager, 'query'>): Promise<OutgoingRecord[]> {
    const rows = await database.query<OutboxRow[]>(
      'select topic, key, value, headers, records from bus_outbox order by id',
    );
    return rows.flatMap(fromRow);
  }
}

const addPack = `
  insert into bus_outbox (topic, value, urgent, records) values ($1, $2, $3, $4) returning id, xid::text as xid`;

const addRows = `
  insert into bus_outbox (topic, key, value, headers, urgent)
  select row.topic, row.key, row.value, row.headers::jsonb, $5
  from unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) with ordinality as row (topic, key, value, headers, place)
  order by row.place`;

async function insertPack(tx: EntityManager, { row, records }: Packed, { urgent = false }): Promise<void> {
  const [added] = await tx.query<PackKey[]>(addPack, [row.topic, row.value, urgent, row.records]);
  if (added) recentPacksOf(tx.dataSource).keep(added, records, row.value?.length ?? 0);
}

async function insert(tx: EntityManager, packed: readonly Packed[], { urgent = false }): Promise<void> {
  if (packed.length === 0) return;
  const rows = packed.map(({ row }) => row);
  await tx.query(addRows, [
    rows.map(({ topic }) => topic),
    rows.map(({ key }) => key),
    rows.map(({ value }) => value),
    rows.map(({ headers }) => JSON.stringify(headers)),
    urgent,
  ]);
}
