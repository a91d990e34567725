// The bus's counts in the service's registry.
import { busMetricDefinitions, type BusMetricName, type BusMetrics } from '@weir/bus';
import { type Metrics } from '@weir/service';

export function busMetrics(metrics: Metrics): BusMetrics {
  const by = {
    counter: new Map<string, Counter>(),
    gauge: new Map<string, Gauge>(),
    histogram: new Map<string, Histogram>(),
  };
  for (const [name, { kind, help, labels }] of Object.entries(busMetricDefinitions)) {
    const configuration = { name, help, labelNames: [...labels] as string[] };
    if (kind === 'counter') by.counter.set(name, metrics.counter(configuration));
    else if (kind === 'gauge') by.gauge.set(name, metrics.gauge(configuration));
    else by.histogram.set(name, metrics.histogram(configuration));
  }
  return {
    add: (name: BusMetricName, labels, amount) => by.counter.get(name)?.inc(labels, amount),
    set: (name: BusMetricName, labels, value) => by.gauge.get(name)?.set(labels, value),
    observe: (name: BusMetricName, labels, value) => by.histogram.get(name)?.observe(labels, value),
  };
}

type Counter = ReturnType<Metrics['counter']>;
type Gauge = ReturnType<Metrics['gauge']>;
type Histogram = ReturnType<Metrics['histogram']>;
