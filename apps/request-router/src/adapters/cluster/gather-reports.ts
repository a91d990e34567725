// What all workers of a router say of themselves, as one: liveness, readiness, metrics.
import { SummedMetrics, type MetricsReport, type Readiness, type Reports } from '@weir/service';
import { type Peer } from './peer';

/** A worker's own word. */
export interface WorkerReport {
  readonly live: string | undefined;
  readonly ready: Readiness;
  /** Absent unless it was asked for. */
  readonly metrics?: MetricsReport;
}

export interface Reporting {
  readonly name: string;
  readonly peer: Peer;
}

export interface GatherPorts {
  /** Workers that serve. */
  readonly serving: () => readonly Reporting[];
  /** Places whose worker does not serve now. */
  readonly missing: () => readonly number[];
  /** Of the process that asks the workers. */
  readonly own: () => Promise<MetricsReport>;
  /** The same process's worries. */
  readonly warnings?: () => readonly string[];
  /** Whether a policy in force has that model and version: figures of what has gone go too. Default: all are. */
  readonly isServed?: (model: string, version?: string) => boolean;
}

const own = 'primary';

export class GatherReports implements Reports {
  private readonly metricsOf: SummedMetrics;

  constructor(
    private readonly ports: GatherPorts,
    /** How long a worker has to answer, milliseconds. */
    private readonly patienceMs = 2_000,
  ) {
    const { isServed = () => true } = ports;
    this.metricsOf = new SummedMetrics(
      ({ model, version }) => model === undefined || model === 'other' || isServed(model, version),
    );
  }

  /** Only a router none of whose workers lives is to be started again as a whole: the others are seen to one by one. */
  async live(): Promise<string | undefined> {
    const reports = await this.ask(false);
    const faults = reports.flatMap(({ name, report }) =>
      report && report.live === undefined ? [] : [`worker ${name}: ${report?.live ?? 'no answer'}`],
    );
    return faults.length > 0 && faults.length === reports.length ? faults.join('; ') : undefined;
  }

  /** Ready when every worker that serves is, and there is one: callers meet any of them. A place that is empty is a warning. */
  async ready(): Promise<Readiness> {
    const reports = await this.ask(false);
    const answered = reports.flatMap(({ report }) => report ?? []);
    const silent = reports.filter(({ report }) => !report).map(({ name }) => `worker ${name}: no answer`);
    const missing = new Set(answered.flatMap((report) => (report.ready.ok ? [] : report.ready.missing)));
    if (answered.length === 0) missing.add('workers: none serves');
    const warnings = new Set([
      ...(this.ports.warnings?.() ?? []),
      ...answered.flatMap((report) => report.ready.warnings ?? []),
      ...this.ports.missing().map((place) => `worker ${place}: does not serve`),
      ...silent,
    ]);
    return { ok: missing.size === 0, missing: [...missing], ...(warnings.size > 0 && { warnings: [...warnings] }) };
  }

  async metrics(): Promise<string> {
    for (const { name, report } of await this.ask(true)) if (report?.metrics) this.metricsOf.put(name, report.metrics);
    this.metricsOf.put(own, await this.ports.own());
    return this.metricsOf.text();
  }

  /** It has ended: what it counted stays counted. */
  ended(name: string): Promise<void> {
    return this.metricsOf.end(name);
  }

  private ask(metrics: boolean): Promise<{ name: string; report: WorkerReport | undefined }[]> {
    return Promise.all(
      this.ports.serving().map(async ({ name, peer }) => {
        const answer = await peer.ask('report', { metrics }, this.patienceMs).catch(() => undefined);
        return { name, report: answer as WorkerReport | undefined };
      }),
    );
  }
}
