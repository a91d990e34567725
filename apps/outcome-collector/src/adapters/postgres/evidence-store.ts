// The books of rollouts in Postgres.
import { rowId, type RowKey, type Sums, type UnitState } from '@weir/stats';
import { type EntityManager } from 'typeorm';
import { type StageClock } from '../../domain/evidence-window';
import { type EvidenceStore, type RolloutClock, type WindowRow } from '../../ports';
import * as sql from './evidence.sql';
import { toJson } from './json-rows';

interface ClockRow {
  readonly rollout: string;
  readonly model: string;
  readonly stages: Record<string, StageClock>;
  readonly windowMs: number | null;
  readonly windowIndex: number | null;
  readonly windowFromMs: number | null;
  readonly windowToMs: number | null;
  readonly publishedAtMs: number;
}

interface KeptRow {
  readonly rollout: string;
  readonly key: RowKey;
  readonly sums: Sums;
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
      const ids = rollouts.map(({ rollout }) => rollout);
      const lock = () => tx.query<ClockRow[]>(sql.lockRollouts, [ids]);
      const locked = await lock();
      if (locked.length === new Set(ids).size) return locked.map(toClock);
      // made and locked in one order; the first look's locks are among those of the second
      await tx.query(sql.addRollouts, [ids, rollouts.map(({ model }) => model)]);
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
      const rows = clocks.map(({ rollout, window, publishedAtMs }) => {
        return {
          rollout,
          publishedAtMs,
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
      const rows = await tx.query<KeptRow[]>(sql.windowRows, [rollouts]);
      return groupBy(
        rows,
        ({ rollout }) => rollout,
        ({ key, sums, sequence, publishedSequence }): WindowRow => ({ key, sums, sequence, publishedSequence }),
      );
    },

    async units(wanted) {
      if (wanted.length === 0) return new Map();
      const parameters = [wanted.map(({ rollout }) => rollout), wanted.map(({ unit }) => unit)];
      const rows = await tx.query<{ rollout: string; unit: string; state: UnitState }[]>(sql.units, parameters);
      return groupBy(
        rows,
        ({ rollout }) => rollout,
        ({ unit, state }) => [unit, state] as const,
      );
    },

    async keepUnits(units) {
      if (units.length === 0) return;
      const states = units.map(({ state }) => toJson(state));
      await tx.query(sql.keepUnits, [units.map(({ rollout }) => rollout), units.map(({ unit }) => unit), states]);
    },

    async keepWindowRows(rows) {
      if (rows.length === 0) return;
      await tx.query(sql.keepWindowRows, [toJson(rows.map((row) => ({ ...row, rowId: rowId(row.key) })))]);
    },

    async dropWindowRows(rollouts) {
      await tx.query(sql.dropWindowRows, [rollouts]);
    },
  };
}

function toClock(row: ClockRow): RolloutClock {
  const { rollout, model, stages, publishedAtMs, windowMs, windowIndex, windowFromMs, windowToMs } = row;
  const known = windowIndex !== null && windowFromMs !== null && windowToMs !== null;
  return {
    ...{ rollout, model, stages, publishedAtMs, windowMs: windowMs ?? undefined },
    window: known ? { index: windowIndex, fromMs: windowFromMs, toMs: windowToMs } : undefined,
  };
}

function groupBy<R, V>(rows: readonly R[], key: (row: R) => string, value: (row: R) => V): Map<string, V[]> {
  const groups = new Map<string, V[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(value(row));
    else groups.set(key(row), [value(row)]);
  }
  return groups;
}
