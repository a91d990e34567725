// Outcomes in Postgres.
import { toJson } from '@weir/service';
import { type EntityManager } from 'typeorm';
import { dayOfId, undatedDay } from '../../domain/prediction-day';
import { receiptKey, type Receipt } from '../../domain/outcome';
import { type OutcomeStore } from '../../ports';
import { fromRow } from './json-rows';
import * as sql from './outcomes.sql';

type Key = Pick<Receipt, 'predictionId' | 'metric' | 'identity'>;

export function outcomeStore(tx: EntityManager, retentionDays: number, nowMs: () => number): OutcomeStore {
  const dayFor = (predictionId: string) => dayOfId(predictionId, nowMs(), retentionDays) ?? undatedDay;
  const daysFor = (ids: readonly string[]) => [...new Set([undatedDay, ...ids.map(dayFor)])];
  const read = async (text: string, parameters: unknown[]) =>
    (await tx.query<object[]>(text, parameters)).map((row) => fromRow<Receipt>(row));
  const add = (receipts: readonly Receipt[]) =>
    tx.query<Key[]>(sql.addOutcomes, [toJson(receipts.map((one) => ({ ...one, day: dayFor(one.predictionId) })))]);

  return {
    async claimIdentities(receipts) {
      return receipts.length === 0 ? new Set() : new Set((await add(receipts)).map(receiptKey));
    },

    async addReceipts(receipts) {
      if (receipts.length > 0) await add(receipts);
    },

    /** Locked, then read: what others added while we waited for the lock is in the second look. */
    async histories(keys) {
      const ids = keys.map(({ predictionId }) => predictionId);
      const parameters = [ids, keys.map(({ metric }) => metric), keys.map(({ identity }) => identity), daysFor(ids)];
      await tx.query(sql.lockIdentities, parameters);
      const histories = new Map<string, Receipt[]>();
      for (const receipt of await read(sql.histories, parameters))
        histories.set(receiptKey(receipt), [...(histories.get(receiptKey(receipt)) ?? []), receipt]);
      return histories;
    },

    unmatched: (ids) => read(sql.unmatched, [ids, daysFor(ids)]),

    missedMatches: (sinceMs, limit) => read(sql.missedMatches, [sinceMs, limit]),

    overdue: ({ default: others, byMetric }, limit) =>
      read(sql.overdue, [others, JSON.stringify(byMetric), limit, latestOf([others, ...Object.values(byMetric)])]),

    standing: (pairs) => {
      const ids = pairs.map(({ predictionId }) => predictionId);
      return read(sql.standing, [ids, pairs.map(({ metric }) => metric), daysFor(ids)]);
    },

    async changeReceipts(receipts) {
      if (receipts.length === 0) return;
      const rows = receipts.map((one) => ({ day: dayFor(one.predictionId), ...one }));
      const ids = rows.map(({ predictionId }) => predictionId);
      await tx.query(sql.changeOutcomes, [toJson(rows), ids, [...new Set(rows.map(({ day }) => day))]]);
    },
  };
}

function latestOf(instants: readonly string[]): string {
  return instants.reduce((one, other) => (one > other ? one : other));
}
