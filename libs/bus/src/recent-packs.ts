// Packs that this process has just put into the outbox: its own relay need not read them back.
import { type DataSource } from 'typeorm';
import { type OutgoingRecord } from './ports';

/** Row and transaction: an id alone might be given again after a restore. */
export interface PackKey {
  readonly id: string;
  readonly xid: string;
}

interface Pack {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
}

export class RecentPacks {
  /** The oldest first. What was rolled back, or was published by another process, goes by age. */
  private readonly packs = new Map<string, Pack>();
  private bytes = 0;

  constructor(private readonly mostBytes = 32 * 1024 ** 2) {}

  keep(key: PackKey, records: readonly OutgoingRecord[], bytes: number): void {
    this.packs.set(nameOf(key), { records, bytes });
    this.bytes += bytes;
    for (const name of this.packs.keys()) {
      if (this.bytes <= this.mostBytes) break;
      this.drop(name);
    }
  }

  find(key: PackKey): readonly OutgoingRecord[] | undefined {
    return this.packs.get(nameOf(key))?.records;
  }

  forget(key: PackKey): void {
    this.drop(nameOf(key));
  }

  private drop(name: string): void {
    this.bytes -= this.packs.get(name)?.bytes ?? 0;
    this.packs.delete(name);
  }
}

const ofDatabases = new WeakMap<DataSource, RecentPacks>();

/** The outbox and the relay of one database share them. */
export function recentPacksOf(database: DataSource): RecentPacks {
  const packs = ofDatabases.get(database) ?? new RecentPacks();
  ofDatabases.set(database, packs);
  return packs;
}

function nameOf({ id, xid }: PackKey): string {
  return `${xid}/${id}`;
}
