// Where the guard looks keys up, and the ring in memory that router and collector feed from the topic of keys.
import type { KeyPublished, Role } from '@weir/contracts';

export interface KeyRecord {
  readonly sha256: string;
  readonly role: Role;
  readonly name: string;
  readonly state: 'active' | 'revoked';
  /** ISO instant. */
  readonly expiresAt?: string | undefined;
}

export interface KeyRing {
  find(id: string): Promise<KeyRecord | undefined>;
}

export class MemoryKeyRing implements KeyRing {
  private readonly keys = new Map<string, KeyRecord>();

  put(key: Pick<KeyPublished, 'id'> & KeyRecord): void {
    this.keys.set(key.id, key);
  }

  remove(id: string): void {
    this.keys.delete(id);
  }

  find(id: string): Promise<KeyRecord | undefined> {
    return Promise.resolve(this.keys.get(id));
  }
}
