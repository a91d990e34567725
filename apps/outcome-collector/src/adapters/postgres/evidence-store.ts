// The books of rollouts in Postgres.
import { toJson } from '@weir/service';
import {
  packSums,
  packUnit,
  rowId,
  unpackSums,
  unpackUnit,
  type PackedUnit,
  type RowKey,
  type Sums,
} from '@weir/stats';
import { type EntityManager } from 'typeorm';
import { attemptId, type RolloutAttempt } from '../../domain/decision';
import { type StageClock } from '../../domain/evidence-window';
import { type EvidenceStore, type RolloutClock, type WindowRow } from '../../ports';
import * as sql from './evidence.sql';
import { toLines } from './json-rows';

interface ClockRow extends RolloutAttempt {
  readonly model: string;
  readonly stages: Record<string, StageClock>;
  readonly windowMs: number | null;
  readonly windowIndex: number | null;
  readonly windowFromMs: number | null;
  readonly windowToMs: number | null;
  readonly publishedAtMs: number;
  readonly token: string | null;
  readonly centers: Record<string, number>;
  readonly segments: string[];
}

interface UnitRow extends RolloutAttempt {
  readonly unit: string;
  readonly state: string;
}

interface KeptRow extends RolloutAttempt {
  readonly key: RowKey;
  readonly sums: Sums<string>;
  readonly sequence: number;
  readonly publishedSequence: number;
}

export function evidenceStore(tx: EntityManager): EvidenceStore {
  return { ...clocks(tx), ...books(tx) };
}

function clocks(tx: EntityManager): Pick<EvidenceStore, 'lockRollouts' | 'lockUnpublished' | 'nowMs' | 'keepClocks'> {
  return {
    async lockRollouts(rollouts) {
      if (rollouts.length === 0) return [];
      const ids = columnsOf(rollouts);
      const lock = () => tx.query<ClockRow[]>(sql.lockRollouts, ids);
      const locked = await lock();
      if (locked.length === new Set(rollouts.map(attemptId)).size) return locked.map(toClock);
      // made and locked in one order; the first look's locks are among those of the second
      await tx.query(sql.addRollouts, [...ids, rollouts.map(({ model }) => model)]);
      return (await lock()).map(toClock);
    },

    async lockUnpublished(publishEveryMs, limit) {
      return (await tx.query<ClockRow[]>(sql.lockUnpublished, [publishEveryMs, limit])).map(toClock);
    },

    async nowMs() {
      const [row] = await tx.query<{ nowMs: number }[]>(sql.now);
      return row?.nowMs ?? 0;
    },

    async keepClocks(clocks) {
      const rows = clocks.map(({ rollout, attempt, window, publishedAtMs, token, centers, segments }) => {
        return {
          rollout,
          attempt,
          publishedAtMs,
          token,
          centers,
          segments,
          windowIndex: window?.index,
          windowFromMs: window?.fromMs,
          windowToMs: window?.toMs,
        };
      });
      await tx.query(sql.keepClocks, [JSON.stringify(rows)]);
    },
  };
}

function books(tx: EntityManager): Omit<EvidenceStore, keyof ReturnType<typeof clocks>> {
  return {
    async windowRows(rollouts) {
      if (rollouts.length === 0) return new Map();
      const rows = await tx.query<KeptRow[]>(sql.windowRows, columnsOf(rollouts));
      return groupBy(rows, ({ key, sums, sequence, publishedSequence }): WindowRow => {
        return { key, sums: unpackSums(sums), sequence, publishedSequence };
      });
    },

    async units(wanted) {
      if (wanted.length === 0) return new Map();
      const rows = await tx.query<UnitRow[]>(sql.units, [...columnsOf(wanted), wanted.map(({ unit }) => unit)]);
      return groupBy(rows, ({ unit, state }) => [unit, unpackUnit(JSON.parse(state) as PackedUnit)] as const);
    },

    async keepUnits({ rollout, attempt }, units) {
      if (units.length === 0) return;
      const names = units.map(({ unit }) => unit);
      await tx.query(sql.keepUnits, [
        rollout,
        attempt,
        names,
        toLines(units.map(({ state }) => JSON.stringify(packUnit(state)))),
      ]);
    },

    async keepWindowRows(rows) {
      if (rows.length === 0) return;
      const kept = rows.map((row) => ({ ...row, rowId: rowId(row.key), sums: packSums(row.sums) }));
      await tx.query(sql.keepWindowRows, [toJson(kept)]);
    },

    async dropWindowRows(rollouts) {
      await tx.query(sql.dropWindowRows, columnsOf(rollouts));
    },
  };
}

function columnsOf(rollouts: readonly RolloutAttempt[]): [string[], number[]] {
  return [rollouts.map(({ rollout }) => rollout), rollouts.map(({ attempt }) => attempt)];
}

function toClock(row: ClockRow): RolloutClock {
  const { rollout, attempt, model, stages, publishedAtMs, windowMs, windowIndex, windowFromMs, windowToMs } = row;
  const { token, centers, segments } = row;
  const known = windowIndex !== null && windowFromMs !== null && windowToMs !== null;
  return {
    ...{ rollout, attempt, model, stages, publishedAtMs, centers, segments, windowMs: windowMs ?? undefined },
    token: token ?? undefined,
    window: known ? { index: windowIndex, fromMs: windowFromMs, toMs: windowToMs } : undefined,
  };
}

/** By attemptId. */
function groupBy<R extends RolloutAttempt, V>(rows: readonly R[], value: (row: R) => V): Map<string, V[]> {
  const groups = new Map<string, V[]>();
  for (const row of rows) {
    const group = groups.get(attemptId(row));
    if (group) group.push(value(row));
    else groups.set(attemptId(row), [value(row)]);
  }
  return groups;
}
