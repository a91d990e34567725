// Outcomes beside what shadows said, profiles and loads, in Postgres.
import { toJson } from '@weir/service';
import { type EntityManager } from 'typeorm';
import { loadOf, type LoadBucket } from '../../domain/load';
import { type Profile } from '../../domain/profile';
import { type KeptAnswers, type KeptOutcome, type PairedPrediction, type Store } from '../../ports';
import { addTotals } from './comparator.sql';
import * as sql from './truth.sql';

type TruthStore = Pick<
  Store,
  'profiles' | 'keepProfiles' | 'outcomes' | 'keepOutcomes' | 'answers' | 'addCounts' | 'addLoads'
>;

export function truthStore(tx: EntityManager): TruthStore {
  return {
    async profiles({ rollout, attempt }) {
      const rows = await tx.query<{ id: string; document: Profile }[]>(sql.readProfiles, [rollout, attempt]);
      return new Map(rows.map(({ id, document }) => [id, document]));
    },

    async keepProfiles({ rollout, attempt }, profiles) {
      if (profiles.size === 0) return;
      const documents = [...profiles.values()].map(toJson);
      await tx.query(sql.keepProfiles, [rollout, attempt, [...profiles.keys()], documents]);
    },

    outcomes: (predictions) => tx.query<KeptOutcome[]>(sql.readOutcomes, columnsOf(predictions)),

    async keepOutcomes(outcomes) {
      await tx.query(sql.keepOutcomes, [toJson(outcomes)]);
    },

    answers: (predictions) => tx.query<KeptAnswers[]>(sql.readAnswers, columnsOf(predictions)),

    async addCounts(counts) {
      const sums = new Map<string, { by: number }>();
      for (const { rollout, attempt, stage, shadow, counted, by } of counts) {
        const row = { rollout, attempt, stage, shadow, counted };
        const known = sums.get(JSON.stringify(row));
        if (known) known.by += by;
        else sums.set(JSON.stringify(row), { ...row, by });
      }
      if (sums.size > 0) await tx.query(addTotals, [toJson([...sums.values()])]);
    },

    async addLoads(comparisons) {
      const sums = new Map<string, LoadRow>();
      for (const comparison of comparisons) {
        const load = loadOf(comparison);
        if (!load) continue;
        const { rollout, attempt = 1, stage, shadow } = comparison.event;
        const key = `${rollout}/${attempt}/${stage}/${shadow}/${load.fromMs}`;
        const known = sums.get(key);
        sums.set(key, known ? added(known, load) : { rollout, attempt, stage, shadow, ...load });
      }
      if (sums.size > 0) await tx.query(sql.addLoads, [toJson([...sums.values()])]);
    },
  };
}

type LoadRow = LoadBucket & {
  readonly rollout: string;
  readonly attempt: number;
  readonly stage: number;
  readonly shadow: string;
};

function added(row: LoadRow, { offered, calls, refused, failed, late, modelMs }: LoadBucket): LoadRow {
  return {
    ...row,
    ...{ offered: row.offered + offered, calls: row.calls + calls, refused: row.refused + refused },
    ...{ failed: row.failed + failed, late: row.late + late, modelMs: row.modelMs + modelMs },
  };
}

function columnsOf(predictions: readonly PairedPrediction[]): unknown[] {
  return [
    predictions.map(({ day }) => day),
    predictions.map(({ predictionId }) => predictionId),
    predictions.map(({ rollout }) => rollout),
    predictions.map(({ attempt }) => attempt),
    predictions.map(({ stage }) => stage),
  ];
}
