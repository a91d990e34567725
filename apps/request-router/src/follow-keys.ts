// The keys of producers as they come: into the ring, and whether enough is known to let callers in.
import { type KeyPublished } from '@weir/contracts';

export interface Keys {
  put(key: KeyPublished): void;
}

export class FollowKeys {
  private readonly changed = new Set<(key: KeyPublished, bytes: Buffer) => void>();
  private known = 0;
  private caughtUp = false;

  constructor(private readonly ring: Keys) {}

  onChange(listener: (key: KeyPublished, bytes: Buffer) => void): void {
    this.changed.add(listener);
  }

  put(key: KeyPublished, bytes: Buffer): void {
    this.ring.put(key);
    this.known++;
    for (const listener of this.changed) listener(key, bytes);
  }

  /** The topic has been read to the end that it had when the router started. */
  settle(): void {
    this.caughtUp = true;
  }

  readiness(): { ok: boolean; detail?: string } {
    if (this.caughtUp || this.known > 0) return { ok: true };
    return { ok: false, detail: 'no keys of producers are known yet' };
  }
}
