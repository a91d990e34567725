// A comparator's use cases on a real Postgres, in a schema of their own, with real model servers: records are handed in as chunks.
import { Ledger, Outbox, type Chunk, type IncomingRecord } from '@weir/bus';
import {
  evidence,
  outcomeJoined,
  predictionCompared,
  predictionServed,
  type Evidence,
  type OutcomeJoined,
  type PolicyAuth,
  type PolicyPublished,
  type PredictionCompared,
  type PredictionServed,
} from '@weir/contracts';
import { DirectModelServer, EgressPolicy, VersionServers } from '@weir/open-inference';
import { createDataSource, runMigrations } from '@weir/service';
import {
  buildOutcomeJoined,
  buildPolicy,
  buildPredictionServed,
  buildSlice,
  eventually,
  required,
  schemaName,
} from '@weir/testing';
import { type DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { composeUseCases, type UseCases } from './adapters/compose-use-cases';
import { migrations } from './adapters/postgres/migrations/all';
import { PostgresReads } from './adapters/postgres/postgres-reads';
import { ShadowServers } from './adapters/shadow-servers';
import { seenPrediction, type SeenPrediction } from './seen-prediction';

export const rollout = 'rollout-1';

export interface Bounds {
  readonly concurrency?: number;
  readonly liveConcurrency?: number;
  readonly liveLagMs?: number;
  readonly maxAgeMs?: number;
  /** So long by default that no machine is too slow. */
  readonly chunkBudgetMs?: number;
}

export class ComparatorUnderTest {
  readonly reads: PostgresReads;
  readonly cases: UseCases;
  readonly shadows: ShadowServers;
  private readonly offsets: Map<string, number>;

  private constructor(
    readonly dataSource: DataSource,
    readonly schema: string,
    readonly parent: ComparatorUnderTest | undefined,
    { concurrency = 16, liveConcurrency = 256, liveLagMs = 100, maxAgeMs = 60_000, chunkBudgetMs = 60_000 }: Bounds,
  ) {
    this.offsets = parent?.offsets ?? new Map<string, number>();
    this.reads = new PostgresReads(dataSource);
    const steadyMs = () => performance.now();
    const egress = new EgressPolicy({ allowLoopback: true });
    const connections = Math.max(concurrency, liveConcurrency);
    this.shadows = new ShadowServers({
      ...{ concurrency, liveConcurrency, ratePerSecond: 10_000, steadyMs },
      open: ({ model, auth }) => {
        const key = auth && { header: auth.header, value: () => `the value of ${auth.secretRef}` };
        const open = (url: string) => new DirectModelServer(url, { egress, connections, auth: key });
        return new VersionServers(model, { open });
      },
    });
    this.cases = composeUseCases({
      dataSource,
      ledger: new Ledger(dataSource, 'shadow-comparator'),
      shadows: this.shadows,
      maxAgeMs,
      chunkBudgetMs,
      liveLagMs,
      retentionDays: 8,
      nowMs: () => Date.now(),
      steadyMs,
      wake: () => undefined,
    });
  }

  static async open(bounds: Bounds = {}, parent?: ComparatorUnderTest): Promise<ComparatorUnderTest> {
    const schema = parent?.schema ?? schemaName('comparator');
    const dataSource = await createDataSource({
      url: required('DATABASE_URL', process.env),
      schema,
      migrations: [...migrations],
      applicationName: schema,
      poolSize: 8,
    });
    if (!parent) await runMigrations(dataSource);
    const comparator = new ComparatorUnderTest(dataSource, schema, parent, bounds);
    await comparator.cases.policies.restore();
    return comparator;
  }

  /** Another process on the same database. */
  beside(bounds: Bounds = {}): Promise<ComparatorUnderTest> {
    return ComparatorUnderTest.open(bounds, this);
  }

  async close(): Promise<void> {
    await this.shadows.close();
    if (!this.parent) await this.dataSource.query(`drop schema "${this.schema}" cascade`);
    await this.dataSource.destroy();
  }

  /** @param urls of the shadows: v2, v3, ... in this order. */
  follow(
    urls: readonly string[],
    some: Partial<PolicyPublished> & { compare?: object; sampleBps?: number; stage?: object; auth?: PolicyAuth } = {},
  ): void {
    const { compare = { outputs: { label: 'label' } }, sampleBps = 10_000, stage = {}, auth, ...changes } = some;
    const shadows = urls.map((_, index) => ({ version: `v${index + 2}`, sampleBps }));
    const slice = buildSlice({
      ...{ rollout, kind: 'shadow', arms: { v1: 10_000 }, shadows, windowMs: 100, spec: { compare, ...stage } },
      period: { base: 0, startedAt: new Date().toISOString() },
    });
    const versionOf = (url: string) => ({
      modelName: 'spam',
      instances: [{ url, state: 'in-service' as const }],
      ...(auth && { auth }),
    });
    const versions = Object.fromEntries(urls.map((url, index) => [`v${index + 2}`, versionOf(url)]));
    this.cases.policies.follow(
      buildPolicy({ slices: [slice], versions: { v1: versionOf('http://127.0.0.1:1'), ...versions }, ...changes }),
    );
  }

  async compare(events: readonly PredictionServed[], { partition = 0, times = 1 } = {}): Promise<void> {
    const chunk = this.chunk(events, partition);
    for (let time = 0; time < times; time += 1) await this.cases.compare.compare(chunk);
  }

  async judge(events: readonly OutcomeJoined[], { times = 1 } = {}): Promise<void> {
    const { topic } = outcomeJoined;
    const records = events.map((event) => ({ event, record: this.next(topic, 0) }));
    for (let time = 0; time < times; time += 1)
      await this.cases.judge.judge({ topic, partition: 0, records, heartbeat: () => Promise.resolve() });
  }

  /** The next offsets of a partition, each as the last word on its record. */
  chunk(events: readonly PredictionServed[], partition = 0): Chunk<SeenPrediction> {
    const topic = predictionServed.topic;
    const records = events.map((event) => {
      const seen = seenPrediction.decode(predictionServed.encode(event));
      return { event: seen, record: this.next(topic, partition) };
    });
    return { topic, partition, records, heartbeat: () => Promise.resolve() };
  }

  compared(): Promise<PredictionCompared[]> {
    return this.published(predictionCompared);
  }

  /** The counts of one shadow. */
  async counts(shadow = 'v2'): Promise<Record<string, number>> {
    return (await this.reads.tallies(rollout)).find((tally) => tally.shadow === shadow)?.counts ?? {};
  }

  /** Everything that was counted, after every window was closed. */
  async evidence(): Promise<Evidence[]> {
    await eventually(async () => {
      await this.cases.publish.sweep();
      return (await this.dataSource.query<unknown[]>("select from books where rows <> '[]'")).length === 0;
    });
    return this.published(evidence);
  }

  private async published<T>(contract: { topic: string; decode: (value: Buffer) => T }): Promise<T[]> {
    const waiting = await new Outbox().waiting(this.dataSource);
    return waiting.flatMap(({ topic, value }) =>
      topic === contract.topic && value !== null ? [contract.decode(Buffer.from(value))] : [],
    );
  }

  private next(topic: string, partition: number): IncomingRecord {
    const key = `${topic} ${partition}`;
    const offset = this.offsets.get(key) ?? 0;
    this.offsets.set(key, offset + 1);
    return { topic, partition, offset: String(offset), key: null, value: null, headers: {}, timestampMs: Date.now() };
  }
}

/** The outcome of a prediction: the true label, as the collector tells it. */
export function joined(
  { predictionId, unit, servedAt, attributes }: PredictionServed,
  truth: string,
  stableSaid: string,
  some: Partial<OutcomeJoined> = {},
): OutcomeJoined {
  return buildOutcomeJoined({
    ...{ predictionId, rollout, servedAt, reported: truth, value: Number(truth === stableSaid) },
    ...{ context: attributes ?? {}, weights: { v1: 10_000 }, ...(unit !== undefined && { unit }) },
    ...some,
  });
}

export const outputs = (label: string) => ({
  outputs: [{ name: 'label', shape: [1], datatype: 'BYTES', data: [label] }],
});

/** Served by stable just now within the shadow stage, request and answer captured. */
export function served(some: Partial<PredictionServed> = {}, label = 'spam'): PredictionServed {
  const body = { inputs: [{ name: 'text', shape: [1], datatype: 'BYTES', data: ['hello'] }] };
  const contentType = 'application/json';
  return buildPredictionServed({
    predictionId: uuidv7(),
    rollout,
    weights: { v1: 10_000 },
    capture: {
      request: { kind: 'json', size: 10, contentType, body },
      response: { kind: 'json', size: 10, contentType, body: outputs(label) },
    },
    servedAt: new Date().toISOString(),
    ...some,
  });
}

/** Sums of a metric over all rows. */
export function total(
  rows: readonly Evidence[],
  metric: string,
  some: Partial<Evidence> = {},
): { n: number; sum: number } {
  const fits = rows.filter(
    (row) =>
      row.metric === metric &&
      Object.entries(some).every(([field, value]) => (row as Record<string, unknown>)[field] === value),
  );
  return { n: fits.reduce((n, row) => n + row.n, 0), sum: fits.reduce((sum, row) => sum + row.sum, 0) };
}
