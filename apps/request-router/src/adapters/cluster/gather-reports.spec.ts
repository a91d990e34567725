// One word for all workers.
import { createMetrics, Health, reportOf } from '@weir/service';
import { GatherReports, type Reporting } from './gather-reports';
import { Peer } from './peer';
import { portPair } from './port-pair.fixture';
import { workerReports } from './worker-reports';

function worker(name: string, counted: number, state: { live?: string; silent?: boolean } = {}) {
  const [here, there] = portPair();
  const health = new Health();
  const own = createMetrics();
  own.counter({ name: 'answers_total', help: 'a' }).inc(counted);
  const peer = new Peer(there);
  const reports = workerReports(peer, {
    live: () => state.live,
    ready: () => health.ready(),
    metrics: () => reportOf(own),
  });
  if (state.silent) peer.onAsk('report', () => new Promise(() => undefined));
  return { name, health, reports, peer: new Peer(here) };
}

const gather = (workers: readonly Reporting[], missing: readonly number[] = []) =>
  new GatherReports({ serving: () => workers, missing: () => missing, own: () => Promise.resolve([]) }, 200);

describe('GatherReports', () => {
  it('is ready when every worker that serves is, and names what is missing once', async () => {
    const workers = [worker('1', 1), worker('2', 1)];
    expect(await gather(workers).ready()).toEqual({ ok: true, missing: [] });
    workers[0]?.health.set('policy', false, 'none');
    workers[1]?.health.set('policy', false, 'none');
    expect(await gather(workers).ready()).toEqual({ ok: false, missing: ['policy: none'] });
  });

  it('warns of places that are empty and of workers that are silent, and is ready by the others', async () => {
    const workers = [worker('1', 1), worker('2', 1, { silent: true })];
    workers[0]?.health.warn('journal', () => 'drops');
    expect(await gather(workers, [3]).ready()).toEqual({
      ok: true,
      missing: [],
      warnings: ['journal: drops', 'worker 3: does not serve', 'worker 2: no answer'],
    });
    expect(await gather([], [1]).ready()).toMatchObject({ ok: false, missing: ['workers: none serves'] });
  });

  it('is alive while one worker is', async () => {
    const [good, bad] = [worker('1', 1), worker('2', 1, { live: 'stuck' })];
    expect(await gather([good, bad]).live()).toBeUndefined();
    expect(await gather([bad]).live()).toBe('worker 2: stuck');
    expect(await gather([]).live()).toBeUndefined();
  });

  it('counts what workers counted, those that have ended too', async () => {
    const workers = [worker('1', 3), worker('2', 4)];
    const gathered = gather(workers);
    expect(await gathered.metrics()).toContain('answers_total 7');
    workers.shift();
    await gathered.ended('1');
    expect(await gathered.metrics()).toContain('answers_total 7');
  });

  it('is asked by any worker, on behalf of whoever asks that worker', async () => {
    const workers = [worker('1', 3), worker('2', 4)];
    const gathered = gather(workers);
    for (const { peer } of workers) peer.onAsk('reports', (what) => gathered[what as 'live' | 'ready' | 'metrics']());
    expect(await workers[1]?.reports.ready()).toEqual({ ok: true, missing: [] });
    expect(await workers[1]?.reports.metrics()).toContain('answers_total 7');
    expect(await workers[0]?.reports.live()).toBeUndefined();
    workers[0]?.health.stop();
    expect(await workers[0]?.reports.ready()).toEqual({ ok: false, missing: ['stopping'] });
  });
});
