// A collector's use cases on a real Postgres, in a schema of their own: records are handed in as chunks, without Kafka.
import { Ledger, Outbox, type Chunk, type IncomingRecord } from '@weir/bus';
import {
  evidence,
  outcomeJoined,
  predictionServed,
  type Evidence,
  type OutcomeJoined,
  type OutcomeReported,
  type PolicyPublished,
  type PredictionDecided,
  type PredictionReported,
  type PredictionServed,
} from '@weir/contracts';
import { byKey, createDataSource, runMigrations } from '@weir/service';
import { eventually, buildPolicy, buildPredictionServed, buildSlice, required, schemaName } from '@weir/testing';
import { type DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { composeUseCases, type UseCases } from './adapters/compose-use-cases';
import { migrations } from './adapters/postgres/migrations/all';
import { PostgresReads } from './adapters/postgres/postgres-reads';
import { type Decision } from './domain/decision';
import { type DecisionCache } from './ports';

/** Forgets when it is told to, and counts its answers. */
export class FakeDecisionCache implements DecisionCache {
  private readonly kept = new Map<string, string>();
  hits = 0;

  find(ids: readonly string[]): Promise<ReadonlyMap<string, Decision>> {
    const found = ids.flatMap((id) => {
      const text = this.kept.get(id);
      return text === undefined ? [] : [[id, JSON.parse(text) as Decision] as const];
    });
    this.hits += found.length;
    return Promise.resolve(new Map(found));
  }

  remember(decisions: readonly Decision[]): Promise<void> {
    for (const decision of decisions) this.kept.set(decision.predictionId, JSON.stringify(decision));
    return Promise.resolve();
  }

  flush(): void {
    this.kept.clear();
  }
}

export const rollout = 'rollout-1';

const withinMs = 30_000;
const judged = { direction: 'up', per: 'prediction', withinMs, missing: 'ignore' } as const;

export const metrics: PolicyPublished['metrics'] = {
  correct: { type: 'truth', output: 'label', ...judged },
  liked: { type: 'binary', combine: 'last', ...judged },
  revenue: { type: 'numeric', combine: 'sum', ...judged },
  clicked: { type: 'binary', combine: 'last', ...judged, missing: 'zero', withinMs: 5_000 },
  score: { type: 'output', output: 'score', direction: 'up' },
};

export class CollectorUnderTest {
  readonly cache = new FakeDecisionCache();
  readonly reads: PostgresReads;
  readonly cases: UseCases;
  /** Everything appended up to here has been applied; specs move it. */
  appliedUpToMs: number | undefined;
  /** Milliseconds that pass at each look at the steady clock. */
  slowByMs = 0;
  private steadyMs = 0;
  private offsets = new Map<string, number>();

  private constructor(
    readonly dataSource: DataSource,
    readonly schema: string,
    private readonly owner: boolean,
  ) {
    this.reads = new PostgresReads(dataSource);
    this.cases = composeUseCases({
      dataSource,
      ledger: new Ledger(dataSource, 'outcome-collector'),
      decisions: this.cache,
      applied: { instantMs: () => Promise.resolve(this.appliedUpToMs) },
      decidedApplied: { instantMs: () => Promise.resolve(this.appliedUpToMs) },
      policiesApplied: { instantMs: () => Promise.resolve(undefined) },
      retentionDays: 30,
      nowMs: () => Date.now(),
      steadyMs: () => (this.steadyMs += this.slowByMs),
      wake: () => undefined,
    });
  }

  static async open(schema = schemaName('collector'), owner = true): Promise<CollectorUnderTest> {
    const url = required('DATABASE_URL', process.env);
    const dataSource = await createDataSource({
      url,
      schema,
      migrations: [...migrations],
      applicationName: 'collector-spec',
      poolSize: 8,
      server: byKey,
    });
    if (owner) await runMigrations(dataSource);
    const collector = new CollectorUnderTest(dataSource, schema, owner);
    await collector.cases.days.prepare();
    return collector;
  }

  /** Another process on the same database. */
  beside(): Promise<CollectorUnderTest> {
    return CollectorUnderTest.open(this.schema, false);
  }

  async close(): Promise<void> {
    if (this.owner) await this.dataSource.query(`drop schema "${this.schema}" cascade`);
    await this.dataSource.destroy();
  }

  async follow(policy: Partial<PolicyPublished> = {}): Promise<void> {
    const slice = buildSlice({ rollout, windowMs: 100, period: { base: 0, startedAt: new Date().toISOString() } });
    await this.cases.policies.follow(this.chunk('policies', 0, [buildPolicy({ metrics, slices: [slice], ...policy })]));
  }

  /** @param again the chunk is delivered twice. */
  async record(events: readonly PredictionServed[], partition = 0, { again = false } = {}): Promise<void> {
    const chunk = this.chunk('predictions', partition, events);
    for (let times = again ? 2 : 1; times > 0; times -= 1) await this.cases.predictions.record(chunk);
  }

  async decided(events: readonly PredictionDecided[], { again = false } = {}): Promise<void> {
    const chunk = this.chunk('decided', 0, events);
    for (let times = again ? 2 : 1; times > 0; times -= 1) await this.cases.decided.decided(chunk);
  }

  async reported(events: readonly PredictionReported[], { again = false } = {}): Promise<void> {
    const chunk = this.chunk('reported', 0, events);
    for (let times = again ? 2 : 1; times > 0; times -= 1) await this.cases.decided.reported(chunk);
  }

  /** What the collector published of predictions that were decided and not answered by a router. */
  servedByCallers(): Promise<PredictionServed[]> {
    return this.published(predictionServed);
  }

  async consume(
    outcomes: readonly OutcomeReported[],
    { partition = 0, atMs = Date.now(), again = false } = {},
  ): Promise<void> {
    const chunk = this.chunk('outcomes', partition, outcomes, atMs);
    for (let times = again ? 2 : 1; times > 0; times -= 1) await this.cases.outcomes.consume(chunk);
  }

  async report(outcomes: readonly unknown[], key?: string): ReturnType<UseCases['outcomes']['report']> {
    return this.cases.outcomes.report(outcomes, key);
  }

  /** The next offsets of a partition, each as the last word on its record. */
  chunk<T>(topic: string, partition: number, events: readonly T[], atMs = Date.now()): Chunk<T> {
    const records = events.map((event) => ({ event, record: this.next(topic, partition, atMs) }));
    return { topic, partition, records, heartbeat: () => Promise.resolve() };
  }

  async states(predictionId: string): Promise<string[]> {
    return (await this.reads.outcomes(predictionId)).map(({ state, reason }) =>
      reason ? `${state} ${reason}` : state,
    );
  }

  /** The last word on each row of evidence, after every window was closed. */
  async evidence(): Promise<Evidence[]> {
    await eventually(async () => {
      await this.cases.publish.sweep();
      return (await this.dataSource.query<unknown[]>('select from evidence_rows limit 1')).length === 0;
    });
    const rows = new Map<string, Evidence>();
    for (const event of await this.published(evidence)) {
      const { attempt, stage, step, period, epoch, weights, segment, arm, metric, window, sequence } = event;
      const place = [event.rollout, attempt, stage, step, period, epoch, weights, segment, arm, metric];
      const key = JSON.stringify([...place, window.index]);
      if ((rows.get(key)?.sequence ?? 0) < sequence) rows.set(key, event);
    }
    return [...rows.values()];
  }

  joined(): Promise<OutcomeJoined[]> {
    return this.published(outcomeJoined);
  }

  private async published<T>(contract: { topic: string; decode: (value: Buffer) => T }): Promise<T[]> {
    const waiting = await new Outbox().waiting(this.dataSource);
    return waiting.flatMap(({ topic, value }) =>
      topic === contract.topic && value !== null ? [contract.decode(Buffer.from(value))] : [],
    );
  }

  private next(topic: string, partition: number, timestampMs: number): IncomingRecord {
    const key = `${topic} ${partition}`;
    const offset = this.offsets.get(key) ?? 0;
    this.offsets.set(key, offset + 1);
    return { topic, partition, offset: String(offset), key: null, value: null, headers: {}, timestampMs };
  }
}

/** Served just now within the rollout, with a captured answer: label spam, score 0.5. */
export function served(some: Partial<PredictionServed> = {}): PredictionServed {
  const body = {
    outputs: [
      { name: 'label', shape: [1], datatype: 'BYTES', data: ['spam'] },
      { name: 'score', shape: [1], datatype: 'FP64', data: [0.5] },
    ],
  };
  const capture = { response: { kind: 'json' as const, size: 10, body } };
  return buildPredictionServed({
    predictionId: uuidv7(),
    rollout,
    capture,
    servedAt: new Date().toISOString(),
    ...some,
  });
}
