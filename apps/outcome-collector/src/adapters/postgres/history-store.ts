// What metrics were for units while no arms were compared, in Postgres.
import { type EntityManager } from 'typeorm';
import { type HistoryStore, type UnitHistory } from '../../ports';
import * as sql from './evidence.sql';

type Kept = Omit<UnitHistory, 'sum'> & { readonly sum: string };

export function historyStore(tx: EntityManager): HistoryStore {
  return {
    async unitHistories(units) {
      if (units.length === 0) return [];
      const columns = [units.map(({ model }) => model), units.map(({ unit }) => unit)];
      const rows = await tx.query<Kept[]>(sql.histories, columns);
      return rows.map((row) => ({ ...row, sum: BigInt(row.sum) }));
    },

    async addUnitHistories(changes) {
      if (changes.length === 0) return;
      await tx.query(sql.addHistories, [
        changes.map(({ model }) => model),
        changes.map(({ unit }) => unit),
        changes.map(({ metric }) => metric),
        changes.map(({ n }) => n),
        changes.map(({ sum }) => String(sum)),
      ]);
    },
  };
}
