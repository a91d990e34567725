// The bus's counts in a Prometheus registry, made by whoever makes the service's other metrics.
import { busMetricDefinitions, type BusMetrics } from './bus-metrics';

type Labels = Readonly<Record<string, string>>;
type Definition = { name: string; help: string; labelNames: string[] };

/** What makes metrics: @weir/service's `Metrics` fits. */
export interface Instruments {
  counter(definition: Definition): { inc(labels: Labels, by: number): void };
  gauge(definition: Definition): { set(labels: Labels, value: number): void };
  histogram(definition: Definition): { observe(labels: Labels, value: number): void };
}

export function meterBus(instruments: Instruments): BusMetrics {
  const ofKind = <M>(kind: string, make: (definition: Definition) => M): Map<string, M> =>
    new Map(
      Object.entries(busMetricDefinitions)
        .filter(([, definition]) => definition.kind === kind)
        .map(([name, { help, labels }]) => [name, make({ name, help, labelNames: [...labels] })]),
    );
  const counters = ofKind('counter', (definition) => instruments.counter(definition));
  const gauges = ofKind('gauge', (definition) => instruments.gauge(definition));
  const histograms = ofKind('histogram', (definition) => instruments.histogram(definition));
  return {
    add: (name, labels, by) => counters.get(name)?.inc(labels, by),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
  };
}
