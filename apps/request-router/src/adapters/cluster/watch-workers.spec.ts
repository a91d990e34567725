// Which workers are ended, and how.
import { createLogger } from '@weir/service';
import { eventually } from '@weir/testing';
import { Peer } from './peer';
import { portPair } from './port-pair.fixture';
import { watchWorkers, type Watched } from './watch-workers';

function watched(answer: (() => Promise<unknown>) | undefined, serves = true) {
  const [here, there] = portPair();
  const signals: string[] = [];
  const peer = new Peer(there);
  if (answer) peer.onAsk('report', answer);
  const worker = {
    peer: new Peer(here),
    pid: 1,
    listens: Promise.resolve(),
    ended: new Promise<string>(() => undefined),
    kill: (signal: string) => void signals.push(signal),
  };
  return { signals, worker, place: 1, forkedAtMs: performance.now(), serves } satisfies Watched & { signals: string[] };
}

const logger = createLogger('spec', 'silent');
const good = () => Promise.resolve({ live: undefined, ready: { ok: true, missing: [] } });

describe('watching workers', () => {
  it('kills one that does not answer, ends one that asks for it, and leaves the others alone', async () => {
    const workers = [watched(undefined), watched(() => Promise.resolve({ live: 'stuck' })), watched(good)];
    const stop = watchWorkers(() => workers, logger, { everyMs: 5, silentMs: 200 });
    await eventually(() => workers[0]?.signals.includes('SIGKILL'));
    await eventually(() => workers[1]?.signals.includes('SIGTERM'));
    stop();
    expect(workers[2]?.signals).toEqual([]);
  });

  it('kills one that does not come to serve', async () => {
    const slow = watched(good, false);
    const stop = watchWorkers(() => [slow], logger, { everyMs: 5, bootMs: 20 });
    await eventually(() => slow.signals.length > 0);
    stop();
    expect(slow.signals[0]).toBe('SIGKILL');
  });
});
