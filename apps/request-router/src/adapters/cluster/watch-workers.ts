// Ends workers that only a restart would help: one that says so, one that does not answer, one that never came to serve.
import { type Logger } from '@weir/service';
import { type WorkerReport } from './gather-reports';
import { type Worker } from './worker-pool';

export interface Watched {
  readonly worker: Worker;
  readonly place: number;
  readonly forkedAtMs: number;
  readonly serves: boolean;
}

export interface WatchOptions {
  readonly everyMs?: number;
  /** Without an answer for so long, a worker's loop is held to be stuck. Default 30 s. */
  readonly silentMs?: number;
  /** From its start to serving. Default 60 s. */
  readonly bootMs?: number;
}

/** Returns what ends the watch. */
export function watchWorkers(
  workers: () => readonly Watched[],
  logger: Logger,
  { everyMs = 5_000, silentMs = 30_000, bootMs = 60_000 }: WatchOptions = {},
): () => void {
  const asked = new Set<Worker>();
  const end = ({ worker, place }: Watched, cause: string, signal: 'SIGTERM' | 'SIGKILL'): void => {
    logger.error({ place, pid: worker.pid, cause }, 'a worker is ended');
    worker.kill(signal);
  };
  const look = async (watched: Watched): Promise<void> => {
    const answer = (await watched.worker.peer.ask('report', { metrics: false }, silentMs)) as WorkerReport;
    if (answer.live !== undefined) end(watched, answer.live, 'SIGTERM');
  };
  const timer = setInterval(() => {
    for (const watched of workers()) {
      const { worker, serves, forkedAtMs } = watched;
      if (!serves && performance.now() - forkedAtMs > bootMs) end(watched, `not serving after ${bootMs} ms`, 'SIGKILL');
      if (!serves || asked.has(worker)) continue;
      asked.add(worker);
      look(watched)
        .catch(() => end(watched, `no answer for ${silentMs} ms`, 'SIGKILL'))
        .finally(() => asked.delete(worker));
    }
  }, everyMs);
  return () => clearInterval(timer);
}
