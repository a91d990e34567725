// The books of rollouts in Postgres.
import { toJson } from '@weir/service';
import { packSums, unpackSums, type Row, type Sums } from '@weir/stats';
import { type EntityManager } from 'typeorm';
import { attemptId, type KeptBook, type RolloutAttempt, type Store } from '../../ports';
import * as sql from './comparator.sql';

interface BookRow extends RolloutAttempt {
  readonly model: string;
  readonly rows: readonly { readonly key: Row['key']; readonly sums: Sums<string> }[];
  readonly windowIndex: number | null;
  readonly windowFromMs: number | null;
  readonly windowToMs: number | null;
  readonly version: number;
}

type BookStore = Pick<Store, 'lockBooks' | 'lockOver' | 'nowMs' | 'keepBooks'>;

export function bookStore(tx: EntityManager): BookStore {
  return {
    async lockBooks(attempts) {
      const ids = columnsOf(attempts);
      const lock = () => tx.query<BookRow[]>(sql.lockBooks, ids);
      const locked = await lock();
      if (locked.length === new Set(attempts.map(attemptId)).size) return locked.map(toBook);
      await tx.query(sql.addBooks, [...ids, attempts.map(({ model }) => model)]);
      return (await lock()).map(toBook);
    },

    async lockOver(limit) {
      return (await tx.query<BookRow[]>(sql.lockOver, [limit])).map(toBook);
    },

    async nowMs() {
      const [row] = await tx.query<{ nowMs: number }[]>(sql.now);
      return row?.nowMs ?? 0;
    },

    async keepBooks(books) {
      await tx.query(sql.keepBooks, [toJson(books.map(fromBook))]);
    },
  };
}

function columnsOf(attempts: readonly RolloutAttempt[]): [string[], number[]] {
  return [attempts.map(({ rollout }) => rollout), attempts.map(({ attempt }) => attempt)];
}

function toBook({ rollout, attempt, model, version, rows, windowIndex, windowFromMs, windowToMs }: BookRow): KeptBook {
  const known = windowIndex !== null && windowFromMs !== null && windowToMs !== null;
  return {
    ...{ rollout, attempt, model, version },
    window: known ? { index: windowIndex, fromMs: windowFromMs, toMs: windowToMs } : undefined,
    rows: rows.map(({ key, sums }) => ({ key, sums: unpackSums(sums) })),
  };
}

function fromBook({ rollout, attempt, version, window, rows }: KeptBook): object {
  return {
    ...{
      rollout,
      attempt,
      version,
      windowIndex: window?.index,
      windowFromMs: window?.fromMs,
      windowToMs: window?.toMs,
    },
    rows: rows.map(({ key, sums }) => ({ key, sums: packSums(sums) })),
  };
}
