// Metrics for Prometheus: the process's own by default, and those that services add.
import {
  collectDefaultMetrics,
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';

type Without<C> = Omit<C, 'registers'>;

export interface Metrics {
  readonly registry: Registry;
  counter<L extends string>(configuration: Without<CounterConfiguration<L>>): Counter<L>;
  gauge<L extends string>(configuration: Without<GaugeConfiguration<L>>): Gauge<L>;
  histogram<L extends string>(configuration: Without<HistogramConfiguration<L>>): Histogram<L>;
}

/** A registry of its own for each service, so that two of them fit into one process (tests). */
export function createMetrics(service?: string): Metrics {
  const registry = new Registry();
  if (service) registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    counter: (configuration) => new Counter({ ...configuration, registers }),
    gauge: (configuration) => new Gauge({ ...configuration, registers }),
    histogram: (configuration) => new Histogram({ ...configuration, registers }),
  };
}

/**
 * Keeps a label's number of values bounded: the first `most` values pass, all later ones are `other`.
 * For labels that callers can influence (model, version); never for units or ids.
 */
export function cappedLabel(most: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= most) return 'other';
    seen.add(value);
    return value;
  };
}
