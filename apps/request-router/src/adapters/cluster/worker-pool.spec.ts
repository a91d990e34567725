// Filling places with workers, and filling them again.
import { createLogger } from '@weir/service';
import { eventually } from '@weir/testing';
import { Peer } from './peer';
import { WorkerPool, type PoolOptions, type Worker } from './worker-pool';

class FakeWorker implements Worker {
  readonly peer = new Peer({ send: () => undefined, onMessage: () => undefined });
  readonly pid = 1;
  readonly listens = Promise.resolve();
  readonly signals: string[] = [];
  end: (cause: string) => void = () => undefined;
  readonly ended = new Promise<string>((resolve) => (this.end = resolve));
  constructor(
    readonly place: number,
    private readonly obeys = true,
  ) {}
  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.signals.push(signal);
    if (this.obeys || signal === 'SIGKILL') this.end(signal);
  }
}

function pool(options: Partial<PoolOptions> = {}, obeys = true) {
  const forked: FakeWorker[] = [];
  const gone: number[] = [];
  const pauses: unknown[] = [];
  const logger = createLogger('spec', 'silent');
  logger.error = (fields: { againInMs?: number }) => void pauses.push(fields.againInMs);
  const workers = new WorkerPool(
    {
      fork: (place) => {
        const worker = new FakeWorker(place, obeys);
        forked.push(worker);
        return worker;
      },
      began: () => undefined,
      ended: (_, place) => gone.push(place),
    },
    logger,
    { workers: 3, ...options },
  );
  return { workers, forked, gone, pauses };
}

describe('WorkerPool', () => {
  it('fills every place, and a place whose worker has ended again', async () => {
    const { workers, forked, gone } = pool();
    void workers.start();
    workers.served();
    expect(forked.map(({ place }) => place)).toEqual([1, 2, 3]);
    forked[1]?.end('SIGKILL');
    await eventually(() => forked.length === 4);
    expect(forked[3]?.place).toBe(2);
    expect([gone, workers.restarts, workers.living().length, workers.empty()]).toEqual([[2], 1, 3, []]);
    await workers.stop(30_000);
  });

  it('pauses longer and longer while a worker ends soon, and no more once one has lived', async () => {
    const { workers, forked, pauses } = pool({ workers: 1, pauseMs: 2, steadyMs: 0 });
    void workers.start();
    workers.served();
    for (let round = 1; round <= 3; round++) {
      forked.at(-1)?.end('1');
      await eventually(() => forked.length === round + 1);
    }
    expect(pauses).toEqual([0, 0, 0]);
    await workers.stop(30_000);
    const short = pool({ workers: 1, pauseMs: 2, steadyMs: 3_600_000 });
    void short.workers.start();
    short.workers.served();
    for (let round = 1; round <= 5; round++) {
      short.forked.at(-1)?.end('1');
      await eventually(() => short.forked.length === round + 1);
    }
    expect(short.pauses).toEqual([0, 2, 4, 8, 16]);
    await short.workers.stop(30_000);
  });

  it('fails the start when a worker ends before any has served', async () => {
    const { workers, forked } = pool();
    const started = workers.start();
    forked[2]?.end('exit code 1');
    await expect(started).rejects.toThrow('worker 3 ended (exit code 1) before any worker served');
    await workers.stop(30_000);
  });

  it('ends all, kills those that do not obey, and starts none again', async () => {
    const { workers, forked } = pool({}, false);
    void workers.start();
    workers.served();
    await workers.stop(20);
    expect(forked.map(({ signals }) => signals)).toEqual(Array(3).fill(['SIGTERM', 'SIGKILL']));
    expect(forked).toHaveLength(3);
    expect(workers.empty()).toEqual([1, 2, 3]);
  });
});
