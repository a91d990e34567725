// node:cluster as ports: forking workers in the process above, and the way up in a worker.
import cluster, { type Worker as ClusterWorker } from 'node:cluster';
import { Peer, type Port } from './peer';
import { type Worker } from './worker-pool';

const placeVariable = 'WEIR_WORKER_PLACE';

/** The number of this worker's place, from 1; undefined: not a worker. */
export function ownPlace(env: Readonly<Record<string, string | undefined>>): number | undefined {
  return cluster.isWorker ? Number(env[placeVariable]) : undefined;
}

/** The primary takes connections and hands them out in turn: docs/decisions/0016. */
export function forkWorker(place: number): Worker {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ serialization: 'advanced' }); // buffers as they are
  const worker = cluster.fork({ [placeVariable]: String(place) });
  return {
    peer: new Peer(portOf(worker)),
    pid: worker.process.pid,
    listens: new Promise((resolve) => worker.once('listening', resolve)),
    ended: new Promise((resolve) =>
      worker.once('exit', (code: number | null, signal: string | null) => resolve(signal ?? `exit code ${code}`)),
    ),
    kill: (signal) => worker.process.kill(signal),
  };
}

function portOf(worker: ClusterWorker): Port {
  // a worker that has just died cannot be told anything; that it died is said elsewhere
  worker.on('error', () => undefined);
  return {
    send: (message) => void (worker.isConnected() && worker.send(message as object, () => undefined)),
    onMessage: (listener) => void worker.on('message', listener),
  };
}

/** `orphaned`: the process above is gone. node:cluster would end the worker at once, with the requests under way. */
export function primaryPeer(orphaned: () => void): Peer {
  const { worker } = cluster;
  if (!worker) throw new Error('not a worker');
  process.prependOnceListener('disconnect', () => {
    worker.exitedAfterDisconnect = true;
    orphaned();
  });
  return new Peer(portOf(worker));
}
