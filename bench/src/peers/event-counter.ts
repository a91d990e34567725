// What a proxy without a broker does with its events: renders them in batches and drops the bytes.
import { randomUUID } from 'node:crypto';

const everyMs = 20;

export interface ProxiedPrediction {
  readonly unit: string;
  readonly arm: string;
  readonly status: number;
  readonly latencyMs: number;
  readonly request: unknown;
  readonly response: unknown;
}

export class EventCounter {
  events = 0;
  bytes = 0;
  private waiting: object[] = [];

  constructor() {
    setInterval(() => this.flush(), everyMs);
  }

  record(prediction: ProxiedPrediction): void {
    this.waiting.push({ id: randomUUID(), at: new Date().toISOString(), ...prediction });
  }

  private flush(): void {
    for (const event of this.waiting) this.bytes += Buffer.byteLength(JSON.stringify(event));
    this.events += this.waiting.length;
    this.waiting = [];
  }
}

/** The same unit always meets the same arm: 10 % of the 32-bit FNV-1a hashes. */
export function armOf(unit: string): 'v1' | 'v2' {
  let hash = 0x811c9dc5;
  for (let i = 0; i < unit.length; i += 1) hash = Math.imul(hash ^ unit.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32 < 0.1 ? 'v2' : 'v1';
}
