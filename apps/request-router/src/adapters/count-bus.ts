// What the bus counts, into the registry that /metrics shows.
import { busMetricDefinitions, type BusMetrics } from '@weir/bus';
import { type Metrics } from '@weir/service';

export function countBus(metrics: Metrics): BusMetrics {
  const ofKind = <M>(
    kind: string,
    make: (definition: { name: string; help: string; labelNames: string[] }) => M,
  ): Map<string, M> =>
    new Map(
      Object.entries(busMetricDefinitions)
        .filter(([, definition]) => definition.kind === kind)
        .map(([name, { help, labels }]) => [name, make({ name, help, labelNames: [...labels] })]),
    );
  const counters = ofKind('counter', (definition) => metrics.counter(definition));
  const gauges = ofKind('gauge', (definition) => metrics.gauge(definition));
  const histograms = ofKind('histogram', (definition) => metrics.histogram(definition));
  return {
    add: (name, labels, by) => counters.get(name)?.inc(labels, by),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
  };
}
