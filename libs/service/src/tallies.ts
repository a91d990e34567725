// Counts as plain numbers, cheap on a path that is taken thousands of times a second; made into metrics when Prometheus asks.
import { type Counter, type Histogram, type Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** One line of a metric. */
export interface Reading {
  readonly labels: Labels;
  readonly value: number;
  /** Where it is not the metric's own: `_bucket`, `_sum`, `_count`. */
  readonly metricName?: string;
}

/** A histogram's counts for one set of labels. */
export class Buckets {
  private readonly counts: Float64Array;
  private sum = 0;

  /** `bounds`: the greatest value of each bucket, ascending. */
  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    (counts[at] as number)++;
    this.sum += value;
  }

  get count(): number {
    return this.counts.reduce((sum, one) => sum + one, 0);
  }

  /** As Prometheus has them: each bucket holds those below it too. */
  readings(name: string, labels: Labels): Reading[] {
    let below = 0;
    const buckets = [...this.counts].map((count, at) => ({
      metricName: `${name}_bucket`,
      labels: { le: String(this.bounds[at] ?? '+Inf'), ...labels },
      value: (below += count),
    }));
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.sum },
      { metricName: `${name}_count`, labels, value: below },
    ];
  }
}

export interface TallyDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  /** All lines, whenever somebody asks. Summed over the processes of a service. */
  readonly read: () => Reading[];
}

/** Registers a metric that is kept elsewhere. */
export function registerTally(registry: Registry, { read, ...told }: TallyDefinition): void {
  const metric = {
    ...told,
    aggregator: 'sum',
    get: () => Promise.resolve({ ...told, aggregator: 'sum', values: read() }),
  };
  // prom-client asks a metric for no more than this; its type names the classes of its own
  registry.registerMetric(metric as unknown as Counter | Histogram);
}

/**
 * Something for each version of each model, made at its first use. Versions that are served no more are forgotten, and beyond `most` all
 * share one under `other`: however many come and go, the labels stay few.
 */
export class PerVersion<T> {
  private readonly models = new Map<string, Map<string, T>>();
  private size = 0;
  private others: T | undefined;

  constructor(
    private readonly make: () => T,
    private readonly isServed: (model: string, version: string) => boolean,
    private readonly most = 500,
  ) {}

  of(model: string, version: string): T {
    return this.models.get(model)?.get(version) ?? this.add(model, version);
  }

  /** Of versions that are served, and `other`. */
  entries(): { readonly labels: { model: string; version: string }; readonly one: T }[] {
    this.forget();
    const known = [...this.models].flatMap(([model, versions]) =>
      [...versions].map(([version, one]) => ({ labels: { model, version }, one })),
    );
    return this.others ? [...known, { labels: { model: 'other', version: 'other' }, one: this.others }] : known;
  }

  private add(model: string, version: string): T {
    if (this.size >= this.most) this.forget();
    if (this.size >= this.most) return (this.others ??= this.make());
    const versions = this.models.get(model) ?? new Map<string, T>();
    const one = this.make();
    this.models.set(model, versions.set(version, one));
    this.size++;
    return one;
  }

  private forget(): void {
    for (const [model, versions] of this.models) {
      for (const version of versions.keys())
        if (!this.isServed(model, version) && versions.delete(version)) this.size--;
      if (versions.size === 0) this.models.delete(model);
    }
  }
}
