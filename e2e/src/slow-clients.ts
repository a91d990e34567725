// Many slow callers in a process of their own, and how many of them are still there.
import { type ChildProcess } from 'node:child_process';
import { endChild, nextWord, startChild } from './child';

export interface SlowOptions {
  readonly port: number;
  /** Kept connections that ask for nothing more. */
  readonly idle: number;
  /** Of each other kind: slow heads, slow bodies, answers that nobody reads, streams that nobody reads. */
  readonly each: number;
  readonly inferPath: string;
  /** Whose answers are large. */
  readonly largePath: string;
  /** Whose answers never end. */
  readonly rawPath: string;
}

export interface SlowCount {
  /** Connections by kind. */
  readonly open: Readonly<Record<string, number>>;
  /** Of those that were ended, the longest life by kind. */
  readonly lastedMs: Readonly<Record<string, number>>;
}

export class SlowClients {
  private constructor(
    private readonly child: ChildProcess,
    readonly atFirst: SlowCount,
  ) {}

  /** Resolves when all are connected. */
  static async start(options: SlowOptions): Promise<SlowClients> {
    const { child, first } = await startChild<SlowCount>('slow-clients.process.ts', options);
    return new SlowClients(child, first);
  }

  async count(): Promise<SlowCount> {
    const word = nextWord<SlowCount>(this.child);
    this.child.send('count');
    return word;
  }

  stop(): Promise<void> {
    return endChild(this.child);
  }
}
