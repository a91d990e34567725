// Counts kept as plain numbers are what a metric of prom-client would be, and labels of what is gone go.
import { createMetrics } from './metrics';
import { reportOf, SummedMetrics } from './sum-metrics';
import { Buckets, PerVersion, registerTally } from './tallies';

const values = [0.05, 0.1, 0.100001, 3, 10, 10.5, 0];
const bounds = [0.1, 1, 10];

/** The same observations by prom-client, and by a tally. */
async function bothTexts(): Promise<[string, string]> {
  const [theirs, ours] = [createMetrics(), createMetrics()];
  const named = { name: 'x_seconds', help: 'x' };
  const histogram = theirs.histogram({ ...named, labelNames: ['model'], buckets: bounds });
  const buckets = new Buckets(bounds);
  for (const value of values) {
    histogram.observe({ model: 'm' }, value);
    buckets.observe(value);
  }
  registerTally(ours.registry, {
    ...named,
    type: 'histogram',
    read: () => buckets.readings(named.name, { model: 'm' }),
  });
  const text = async ({ registry }: typeof ours) => registry.getSingleMetricAsString('x_seconds');
  return [await text(theirs), await text(ours)];
}

it('a histogram reads as one of prom-client', async () => {
  const [theirs, ours] = await bothTexts();
  expect(ours).toBe(theirs);
});

it('tallies of several processes are summed', async () => {
  const summed = new SummedMetrics();
  for (const name of ['1', '2']) {
    const metrics = createMetrics('s');
    const read = () => [{ labels: { model: 'm' }, value: 3 }];
    registerTally(metrics.registry, { name: 'x_total', help: 'x', type: 'counter', read });
    summed.put(name, JSON.parse(JSON.stringify(await reportOf(metrics))) as never);
  }
  expect(await summed.text()).toContain('x_total{model="m",service="s"} 6');
});

describe('PerVersion', () => {
  const served = new Set(['m v1', 'm v2', 'n v1']);
  const isServed = (model: string, version: string) => served.has(`${model} ${version}`);
  const labelsOf = (some: PerVersion<object>) =>
    some.entries().map(({ labels }) => `${labels.model} ${labels.version}`);

  it('is the same thing each time, until its version is served no more', () => {
    const some = new PerVersion(() => ({}), isServed);
    const first = some.of('m', 'v1');
    expect(some.of('m', 'v1')).toBe(first);
    some.of('m', 'v2');
    some.of('gone', 'v1');
    expect(labelsOf(some)).toEqual(['m v1', 'm v2']);
    served.delete('m v2');
    expect(labelsOf(some)).toEqual(['m v1']);
    served.add('m v2');
  });

  it('is one for all beyond the most, and makes room of what is gone', () => {
    const some = new PerVersion(() => ({}), isServed, 2);
    some.of('gone', 'v1');
    some.of('m', 'v1');
    some.of('m', 'v2');
    expect(some.of('n', 'v1')).toBe(some.of('n', 'v9'));
    expect(labelsOf(some)).toEqual(['m v1', 'm v2', 'other other']);
  });
});
