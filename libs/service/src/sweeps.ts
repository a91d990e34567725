// What happens by the clock: each task again and again, one at a time, and never the end of the process.
import { type Logger } from './logger';

export interface Task {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

export class Sweeps {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private readonly failing = new Set<string>();
  private stopped = false;

  constructor(
    private readonly tasks: readonly Task[],
    private readonly logger: Logger,
  ) {}

  start(): void {
    for (const task of this.tasks) this.schedule(task, 0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.all(this.running);
  }

  private schedule(task: Task, afterMs: number): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      const run = this.attempt(task).then((waitMs) => {
        this.running.delete(run);
        this.schedule(task, waitMs);
      });
      this.running.add(run);
    }, afterMs);
    this.timers.add(timer);
  }

  private async attempt(task: Task): Promise<number> {
    try {
      await task.run();
      if (this.failing.delete(task.name)) this.logger.info({ task: task.name }, 'a sweep works again');
      return task.everyMs;
    } catch (error) {
      // once an outage, not once a second
      if (!this.failing.has(task.name))
        this.logger.warn({ err: error, task: task.name }, 'a sweep fails and is tried again');
      this.failing.add(task.name);
      return Math.max(task.everyMs, 1_000);
    }
  }
}
