// An allocator's use cases on a real Postgres, in a schema of their own: outcomes are handed in as chunks.
import { Ledger, Outbox, type Chunk, type Positions } from '@weir/bus';
import {
  outcomeJoined,
  weightsAllocated,
  type OutcomeJoined,
  type PolicyPublished,
  type PolicySlice,
  type WeightsAllocated,
} from '@weir/contracts';
import { createDataSource, runMigrations } from '@weir/service';
import { buildOutcomeJoined, buildPolicy, buildSlice, required, schemaName } from '@weir/testing';
import { type DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { composeUseCases, type UseCases } from './adapters/compose-use-cases';
import { migrations } from './adapters/postgres/migrations/all';
import { PostgresReads } from './adapters/postgres/postgres-reads';
import { group } from './config';
import { type Log } from './ports';

export const rollout = 'rollout-1';

export class AllocatorUnderTest {
  readonly cases: UseCases;
  readonly reads: PostgresReads;
  readonly log = new MemoryLog();

  private constructor(
    readonly dataSource: DataSource,
    readonly schema: string,
    readonly isOwner: boolean,
  ) {
    this.reads = new PostgresReads(dataSource, group);
    this.cases = composeUseCases({
      ...{ dataSource, ledger: new Ledger(dataSource, group), wake: () => undefined },
      ...{ steadyMs: () => performance.now(), nowMs: () => Date.now(), log: this.log },
    });
  }

  static async open(parent?: AllocatorUnderTest): Promise<AllocatorUnderTest> {
    const schema = parent?.schema ?? schemaName('allocator');
    const dataSource = await createDataSource({
      ...{ url: required('DATABASE_URL', process.env), schema, applicationName: schema, poolSize: 4 },
      migrations: [...migrations],
    });
    if (!parent) await runMigrations(dataSource);
    const allocator = new AllocatorUnderTest(dataSource, schema, !parent);
    await allocator.cases.policies.restore();
    return allocator;
  }

  async close(): Promise<void> {
    if (this.isOwner) await this.dataSource.query(`drop schema "${this.schema}" cascade`);
    await this.dataSource.destroy();
  }

  async learn(events: readonly OutcomeJoined[], { from = 0, partition = 0 } = {}): Promise<void> {
    this.log.keep(events, from, partition);
    await this.cases.learn.learn(chunkOf(events, from, partition));
  }

  async allocated(): Promise<WeightsAllocated[]> {
    const waiting = await new Outbox().waiting(this.dataSource);
    return waiting.flatMap(({ topic, value }) =>
      topic === weightsAllocated.topic && value !== null ? [weightsAllocated.decode(Buffer.from(value))] : [],
    );
  }
}

/** What was handed in, as Kafka would keep it. */
export class MemoryLog implements Log {
  /** Partitions have lost what came before, as Kafka's retention makes them. */
  keptSinceMs: number | undefined;
  private readonly partitions = new Map<number, Map<bigint, OutcomeJoined>>();

  keep(events: readonly OutcomeJoined[], from: number, partition: number): void {
    const records = this.partitions.get(partition) ?? new Map<bigint, OutcomeJoined>();
    this.partitions.set(partition, records);
    events.forEach((event, index) => records.set(BigInt(from + index), event));
  }

  async replay(
    from: Positions,
    to: Positions,
    onOutcomes: (outcomes: readonly OutcomeJoined[]) => Promise<void>,
  ): Promise<{ records: number; keptSinceMs?: number }> {
    let records = 0;
    for (const [partition, all] of this.partitions) {
      const [begin, end] = [from.get(partition) ?? 0n, to.get(partition) ?? 0n];
      const events = [...all].filter(([offset]) => offset >= begin && offset < end).map(([, event]) => event);
      records += events.length;
      for (let at = 0; at < events.length; at += 100) await onOutcomes(events.slice(at, at + 100));
    }
    return { records, ...(this.keptSinceMs !== undefined && { keptSinceMs: this.keptSinceMs }) };
  }
}

export function chunkOf(events: readonly OutcomeJoined[], from: number, partition: number): Chunk<OutcomeJoined> {
  const { topic } = outcomeJoined;
  const records = events.map((event, index) => ({
    event,
    record: {
      ...{ topic, partition, offset: String(from + index), key: null, value: null, headers: {} },
      timestampMs: Date.now(),
    },
  }));
  return { topic, partition, records, heartbeat: () => Promise.resolve() };
}

/** A bandit over v1, v2 and v3 that updates every second, half-life an hour. */
export function banditPolicy(
  some: Partial<PolicyPublished> = {},
  slice: Partial<PolicySlice> = {},
  spec: object = {},
): PolicyPublished {
  const shared = { per: 'prediction', withinMs: 60_000, missing: 'ignore' } as const;
  const versions = ['v1', 'v2', 'v3'].map((version) => [
    version,
    { modelName: 'spam', instances: [{ url: 'http://127.0.0.1:1', state: 'in-service' as const }] },
  ]);
  return buildPolicy({
    ...{ model: 'spam', revision: 1, epoch: 1, versions: Object.fromEntries(versions) as PolicyPublished['versions'] },
    metrics: {
      clicked: { type: 'binary', direction: 'up', combine: 'last', ...shared },
      revenue: { type: 'numeric', direction: 'up', combine: 'last', ...shared },
    },
    slices: [
      buildSlice({
        ...{ rollout, kind: 'bandit', assign: 'prediction', arms: { v1: 3_334, v2: 3_333, v3: 3_333 } },
        spec: {
          ...{ kind: 'bandit', algorithm: 'thompson', metric: 'clicked', updateMs: 1_000, floorBps: 200 },
          ...{ halfLifeMs: 3_600_000, stopAtRemainingValue: 0.01, ...spec },
        },
        ...slice,
      }),
    ],
    ...some,
  });
}

const weights = { v1: 3_334, v2: 3_333, v3: 3_333 };

export function clicked(arm: string, value: number, some: Partial<OutcomeJoined> = {}): OutcomeJoined {
  const servedAt = new Date().toISOString();
  return buildOutcomeJoined({
    ...{ predictionId: uuidv7(), rollout, arm, answeredBy: arm, metric: 'clicked', value, weights, propensity: 0.3333 },
    ...{ servedAt, countedAt: servedAt, epoch: 1, ...some },
  });
}
