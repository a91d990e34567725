// What was learnt beside what was computed anew, in Postgres.
import { outcomeJoined, type RebuiltStage } from '@weir/contracts';
import { type EntityManager } from 'typeorm';
import { type Place } from '../../domain/bandit-stage';
import { type RebuildStore } from '../../ports';
import { offsets } from './allocator.sql';
import { differences, drops, extent, learntTables, moves } from './rebuild.sql';

export function rebuildStore(tx: EntityManager, group: string): Omit<RebuildStore, 'lock' | 'known' | 'keep'> {
  return {
    async positions() {
      const rows = await tx.query<{ partition: number; next: string }[]>(offsets, [group, outcomeJoined.topic]);
      return new Map(rows.map(({ partition, next }) => [partition, BigInt(next)]));
    },

    drop: (place) => each(tx, drops, idOf(place)),

    async compare(place, again) {
      const counts: [string, number][] = [];
      for (const table of learntTables) {
        const [row] = await tx.query<{ count: number }[]>(differences(table), [...idOf(place), again.rollout]);
        counts.push([table, row?.count ?? 0]);
      }
      return Object.fromEntries(counts) as RebuiltStage['differences'];
    },

    async extent(place, again) {
      type Row = { outcomes: number; firstBucket: number | null };
      const [row] = await tx.query<Row[]>(extent, [...idOf(place), again.rollout]);
      return { outcomes: row?.outcomes ?? 0, firstBucket: row?.firstBucket ?? undefined };
    },

    async replace(place, again) {
      await each(tx, drops, idOf(place));
      await each(tx, moves, [...idOf(place), again.rollout]);
    },
  };
}

const idOf = ({ rollout, attempt, stage }: Place): [string, number, number] => [rollout, attempt, stage];

async function each(tx: EntityManager, statements: readonly string[], parameters: readonly unknown[]): Promise<void> {
  for (const statement of statements) await tx.query(statement, [...parameters]);
}
