// A model server whose capacity is known, whatever the machine: so many predictions at once, each for so long, in a process of its own.
import { type ChildProcess } from 'node:child_process';
import { endChild, startChild } from './child';

export interface CapacityOptions {
  readonly atOnce: number;
  readonly latencyMs: number;
}

export class ModelOfCapacity {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(options: CapacityOptions): Promise<ModelOfCapacity> {
    const { child, first: port } = await startChild<number>('model-of-capacity.process.ts', options);
    return new ModelOfCapacity(`http://127.0.0.1:${port}`, child);
  }

  stop(): Promise<void> {
    return endChild(this.child);
  }
}
