// The metrics of several processes as those of one service.
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';

type Labels = Readonly<Partial<Record<string, string>>>;

/** All metrics of a process as plain data, fit for a message to another. */
export type MetricsReport = readonly MetricObjectWithValues<MetricValue<string>>[];

export async function reportOf({
  registry,
}: {
  readonly registry: Pick<Registry, 'getMetricsAsJSON'>;
}): Promise<MetricsReport> {
  return registry.getMetricsAsJSON();
}

/**
 * Counters and histograms that only grow although their processes come and go: what a process counted until it was gone stays
 * in the sum, or Prometheus would take the fall for a reset and count everything anew.
 */
export class SummedMetrics {
  private readonly latest = new Map<string, MetricsReport>();
  private gone: MetricsReport = [];

  /** What a process that has ended counted under labels that are not current any more is forgotten. */
  constructor(private readonly isCurrent: (labels: Labels) => boolean = () => true) {}

  /** The latest report of a process takes the place of its former one. */
  put(process: string, report: MetricsReport): void {
    this.latest.set(process, report);
  }

  /** The process has ended: what it counted is kept, its gauges are not. */
  async end(process: string): Promise<void> {
    const report = this.latest.get(process) ?? [];
    this.latest.delete(process);
    this.gone = await asReport([this.gone, report.filter(({ type }) => grows.has(String(type)))]);
  }

  /** In the text format of Prometheus. Gauges are summed unless they were made with another `aggregator`. */
  async text(): Promise<string> {
    this.gone = this.gone.map((metric) => ({
      ...metric,
      values: metric.values.filter(({ labels }) => this.isCurrent(labels as Labels)),
    }));
    return sum([this.gone, ...this.latest.values()]).metrics();
  }
}

/** As prom-client names types in a report: a word, though its own type says a number. */
const grows: ReadonlySet<string> = new Set(['counter', 'histogram', 'summary']);

function sum(reports: readonly MetricsReport[]) {
  const kept = reports.filter((report) => report.length > 0);
  return AggregatorRegistry.aggregate(kept);
}

function asReport(reports: readonly MetricsReport[]): Promise<MetricsReport> {
  return reportOf({ registry: sum(reports) });
}
