// Many predictions a second from a process of their own, at a steady rate, and what came of each.
import { type ChildProcess } from 'node:child_process';
import { endChild, nextWord, startChild } from './child';

export interface PourOptions {
  readonly port: number;
  readonly path: string;
  readonly ratePerSecond: number;
  /** At most; what finds none free waits in line, and its time runs. */
  readonly connections: number;
  /** Opened before anything is sent, as callers have them who keep theirs. */
  readonly kept?: number;
  /** In each question; 1 where it is not said. */
  readonly numbers?: number;
  /** Closed loop: each connection sends its next as soon as it has its answer, whatever the rate. */
  readonly isClosed?: boolean;
}

/** One row for each prediction. Instants are milliseconds since the epoch; status 0: the connection broke. */
export interface Poured {
  readonly dueMs: readonly number[];
  readonly sentMs: readonly number[];
  /** From when the generator came to it, which may be later than it was due where the machine is busy, to the last byte of its answer. */
  readonly tookMs: readonly number[];
  readonly status: readonly number[];
  readonly versions: readonly string[];
}

export interface Drop {
  readonly dueMs: number;
  readonly lateMs: number;
  readonly tookMs: number;
  readonly status: number;
  readonly version: string | undefined;
}

export const nowMs = (): number => performance.timeOrigin + performance.now();

export class Pour {
  private constructor(private readonly child: ChildProcess) {}

  static async start(options: PourOptions): Promise<Pour> {
    return new Pour((await startChild('pour.process.ts', options)).child);
  }

  /** Sends nothing more, waits for the last answers. */
  async stop(): Promise<readonly Drop[]> {
    const word = nextWord<Poured>(this.child);
    this.child.send('stop');
    const { dueMs, sentMs, tookMs, status, versions } = await word;
    return dueMs.map((due, at) => ({
      ...{ dueMs: due, lateMs: (sentMs[at] ?? NaN) - due, tookMs: tookMs[at] ?? NaN },
      ...{ status: status[at] ?? 0, version: versions[at] },
    }));
  }

  kill(): Promise<void> {
    return endChild(this.child);
  }
}

/** Runs for so long and gives what came of it. */
export async function pourFor(ms: number, options: PourOptions): Promise<readonly Drop[]> {
  const pour = await Pour.start(options);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return pour.stop();
}

export function shareOf(drops: readonly Drop[], status: number): number {
  return drops.filter((drop) => drop.status === status).length / drops.length;
}

export function statusesOf(drops: readonly Drop[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of drops) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** NaN of none. */
export function quantileMs(drops: readonly Drop[], q: number): number {
  const sorted = drops.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}
