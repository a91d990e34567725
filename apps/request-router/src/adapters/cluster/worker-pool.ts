// The workers of one router: each place is filled, one that ends is started again with growing pauses, all end together.
import { type Logger } from '@weir/service';
import { type Peer } from './peer';

/** A process that serves. */
export interface Worker {
  readonly peer: Peer;
  readonly pid: number | undefined;
  /** Resolves when it takes connections. */
  readonly listens: Promise<unknown>;
  /** How it ended: an exit code or a signal. */
  readonly ended: Promise<string>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Places are numbered from 1. */
export interface PoolPorts {
  fork(place: number): Worker;
  /** A worker has begun, and is not serving yet. */
  began(worker: Worker, place: number): void;
  ended(worker: Worker, place: number): void;
}

export interface PoolOptions {
  readonly workers: number;
  /** The pause before the second start in a row, milliseconds; doubled up to 10 s. The first start again is at once. Default 250. */
  readonly pauseMs?: number;
  /** A worker that has lived so long is started again at once. Default 30 s. */
  readonly steadyMs?: number;
}

interface Place {
  worker: Worker | undefined;
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

const longestPauseMs = 10_000;

export class WorkerPool {
  restarts = 0;
  private readonly places: Place[];
  private stopping = false;
  private everServed = false;
  private failed: ((error: Error) => void) | undefined;

  constructor(
    private readonly ports: PoolPorts,
    private readonly logger: Logger,
    private readonly options: PoolOptions,
  ) {
    this.places = Array.from({ length: options.workers }, () => ({ worker: undefined, failures: 0, timer: undefined }));
  }

  /** Rejects when a worker ends before any has served: then something is wrong that another start does not mend. */
  start(): Promise<never> {
    return new Promise((_, reject) => {
      this.failed = reject;
      for (let place = 1; place <= this.places.length; place++) this.fill(place);
    });
  }

  /** A start has succeeded: from now on what ends is started again. */
  served(): void {
    this.everServed = true;
  }

  living(): readonly Worker[] {
    return this.places.flatMap(({ worker }) => worker ?? []);
  }

  /** Places without a process now. */
  empty(): readonly number[] {
    return this.places.flatMap(({ worker }, index) => (worker ? [] : index + 1));
  }

  /** Asks all to end, and ends them after that time. Resolves when they are gone. */
  async stop(withinMs: number): Promise<void> {
    this.stopping = true;
    for (const { timer } of this.places) clearTimeout(timer);
    const workers = this.living();
    for (const worker of workers) worker.kill('SIGTERM');
    const cut = setTimeout(() => {
      for (const worker of this.living()) {
        this.logger.error({ worker: worker.pid }, 'a worker did not end in time and is killed');
        worker.kill('SIGKILL');
      }
    }, withinMs);
    await Promise.all(workers.map(({ ended }) => ended));
    clearTimeout(cut);
  }

  private fill(number: number): void {
    const place = this.placeOf(number);
    const worker = this.ports.fork(number);
    const startedMs = performance.now();
    place.worker = worker;
    place.timer = undefined;
    this.ports.began(worker, number);
    void worker.ended.then((cause) => {
      place.worker = undefined;
      this.ports.ended(worker, number);
      if (!this.stopping) this.refill(number, cause, performance.now() - startedMs);
    });
  }

  private refill(number: number, cause: string, livedMs: number): void {
    if (!this.everServed) {
      this.failed?.(new Error(`worker ${number} ended (${cause}) before any worker served`));
      return;
    }
    const place = this.placeOf(number);
    const { pauseMs = 250, steadyMs = 30_000 } = this.options;
    place.failures = livedMs >= steadyMs ? 0 : place.failures + 1;
    const againInMs = place.failures <= 1 ? 0 : Math.min(longestPauseMs, pauseMs * 2 ** (place.failures - 2));
    this.restarts += 1;
    const fields = { place: number, cause, livedMs: Math.round(livedMs), againInMs };
    this.logger.error(fields, 'a worker has ended and is started again');
    place.timer = setTimeout(() => this.fill(number), againInMs);
  }

  private placeOf(number: number): Place {
    const place = this.places[number - 1];
    if (!place) throw new Error(`there is no place ${number}`);
    return place;
  }
}
