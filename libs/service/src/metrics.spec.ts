// Labels stay bounded, and two services fit into one process.
import { cappedLabel, createMetrics } from './metrics';

it('lets the first values pass and calls the rest other', () => {
  const model = cappedLabel(2);
  expect(['a', 'b', 'c', 'a', 'd'].map(model)).toEqual(['a', 'b', 'other', 'a', 'other']);
});

it('keeps registries apart', async () => {
  const [one, two] = [createMetrics('one'), createMetrics('two')];
  one.counter({ name: 'weir_spec_total', help: 'spec' }).inc();
  two.counter({ name: 'weir_spec_total', help: 'spec' });
  expect(await one.registry.metrics()).toContain('weir_spec_total{service="one"} 1');
  expect(await two.registry.metrics()).toContain('weir_spec_total{service="two"} 0');
});
