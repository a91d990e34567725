// What happens by the clock: each task again and again, one at a time, and never the end of the process.
import { type Logger } from './logger';

export interface Task {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

export class Sweeps {
  /** Of tasks that wait for their time. */
  private readonly timers = new Map<Task, NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  /** To be run once more, as soon as they have ended. */
  private readonly hurried = new Set<Task>();
  private readonly failing = new Set<string>();
  private stopped = false;

  constructor(
    private readonly tasks: readonly Task[],
    private readonly logger: Logger,
  ) {}

  start(): void {
    for (const task of this.tasks) this.schedule(task, 0);
  }

  /** Runs a task now rather than when its time has come; one that runs may have looked too early, and runs once more. */
  hurry(name: string): void {
    for (const task of this.tasks.filter((each) => each.name === name)) {
      const timer = this.timers.get(task);
      clearTimeout(timer);
      if (timer) this.schedule(task, 0);
      else this.hurried.add(task);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.all(this.running);
  }

  private schedule(task: Task, afterMs: number): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(task);
      this.hurried.delete(task);
      const run = this.attempt(task).then((waitMs) => {
        this.running.delete(run);
        this.schedule(task, this.hurried.has(task) ? 0 : waitMs);
      });
      this.running.add(run);
    }, afterMs);
    this.timers.set(task, timer);
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
