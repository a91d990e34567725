// The counts of the bus as Prometheus metrics.
import { busMetricDefinitions, type BusMetricName, type BusMetrics } from '@weir/bus';
import { type Metrics } from '@weir/service';

export function countWithPrometheus(metrics: Metrics): BusMetrics {
  const known = new Map<
    string,
    {
      counter?: (l: Labels, v: number) => void;
      gauge?: (l: Labels, v: number) => void;
      histogram?: (l: Labels, v: number) => void;
    }
  >();
  for (const [name, { kind, help, labels }] of Object.entries(busMetricDefinitions)) {
    const configuration = { name, help, labelNames: [...labels] as string[] };
    if (kind === 'counter') {
      const made = metrics.counter(configuration);
      known.set(name, { counter: (l, v) => made.inc({ ...l }, v) });
    } else if (kind === 'gauge') {
      const made = metrics.gauge(configuration);
      known.set(name, { gauge: (l, v) => made.set({ ...l }, v) });
    } else {
      const made = metrics.histogram(configuration);
      known.set(name, { histogram: (l, v) => made.observe({ ...l }, v) });
    }
  }
  return {
    add: (name: BusMetricName, labels, by) => known.get(name)?.counter?.(labels, by),
    set: (name: BusMetricName, labels, value) => known.get(name)?.gauge?.(labels, value),
    observe: (name: BusMetricName, labels, value) => known.get(name)?.histogram?.(labels, value),
  };
}

type Labels = Readonly<Record<string, string>>;
