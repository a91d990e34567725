// Metrics of several processes in one.
import { createMetrics } from './metrics';
import { reportOf, SummedMetrics, type MetricsReport } from './sum-metrics';

async function processOf(requests: number, revision: number): Promise<MetricsReport> {
  const metrics = createMetrics('router');
  metrics.counter({ name: 'requests_total', help: 'r', labelNames: ['model'] }).inc({ model: 'spam' }, requests);
  metrics.gauge({ name: 'pending', help: 'p' }).set(requests);
  metrics.gauge({ name: 'revision', help: 'v', aggregator: 'min' }).set(revision);
  metrics.histogram({ name: 'seconds', help: 's', buckets: [1] }).observe(0.5);
  // as it arrives from another process
  return JSON.parse(JSON.stringify(await reportOf(metrics))) as MetricsReport;
}

const lines = async (summed: SummedMetrics) =>
  (await summed.text()).split('\n').filter((line) => !line.startsWith('#'));

describe('SummedMetrics', () => {
  it('adds what processes counted, and takes the least where a gauge asks for it', async () => {
    const summed = new SummedMetrics();
    summed.put('1', await processOf(3, 7));
    summed.put('2', await processOf(1, 9));
    summed.put('2', await processOf(4, 8));
    expect(await lines(summed)).toEqual(
      expect.arrayContaining([
        'requests_total{model="spam",service="router"} 7',
        'pending{service="router"} 7',
        'revision{service="router"} 7',
        'seconds_bucket{le="1",service="router"} 2',
        'seconds_count{service="router"} 2',
        'seconds_sum{service="router"} 1',
      ]),
    );
  });

  it('keeps what was counted by a process that has ended, and forgets its gauges', async () => {
    const summed = new SummedMetrics();
    for (const [index, process] of ['1', '2', '3'].entries()) {
      summed.put(process, await processOf(index + 1, 5));
      await summed.end(process);
    }
    await summed.end('never-heard-of');
    summed.put('4', await processOf(10, 6));
    expect(await lines(summed)).toEqual(
      expect.arrayContaining([
        'requests_total{model="spam",service="router"} 16',
        'seconds_count{service="router"} 4',
        'pending{service="router"} 10',
        'revision{service="router"} 6',
      ]),
    );
  });

  it('forgets what ended processes counted under labels that are gone, for good', async () => {
    let current = true;
    const summed = new SummedMetrics(({ model }) => model === undefined || current);
    summed.put('1', await processOf(3, 5));
    await summed.end('1');
    expect(await lines(summed)).toContain('requests_total{model="spam",service="router"} 3');
    current = false;
    expect((await lines(summed)).filter((line) => line.startsWith('requests_total'))).toEqual([]);
    current = true;
    summed.put('2', await processOf(1, 5));
    const kept = ['requests_total{model="spam",service="router"} 1', 'seconds_count{service="router"} 2'];
    expect(await lines(summed)).toEqual(expect.arrayContaining(kept));
  });
});
