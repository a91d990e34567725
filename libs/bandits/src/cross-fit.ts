// Predictions for the doubly robust estimate: each row's from a model that has not seen the row, nor another of its unit.
import { type LoggedRow } from './off-policy';
import { addSums, fitRidge, predict, regressionOf, type LinearModel, type RegressionSums } from './linear/ridge';

export interface LoggedDecision {
  readonly reward: number;
  readonly propensity: number;
  readonly arm: string;
  /** Of the same length in all rows; an intercept is not added. */
  readonly features: readonly number[];
  /** Of the other allocation, by arm; 0 where an arm is not named. */
  readonly target: Readonly<Record<string, number>>;
  readonly unit?: string | undefined;
}

export interface CrossFitPlan {
  /** Default 5; at least 2. */
  readonly folds?: number;
  /** Of the ridge, default 1. */
  readonly penalty?: number;
}

/** Units go to folds in turn, as they first appear. A linear model of each arm, by ridge; an arm that a fold has not seen is worth 0, which is no bias in DR. */
export function crossFit(rows: readonly LoggedDecision[], { folds = 5, penalty = 1 }: CrossFitPlan = {}): LoggedRow[] {
  const fold = foldsOf(rows, folds);
  const sums = sumsOf(rows, fold, folds);
  const models = sums.map((_, held) =>
    modelsOf(
      sums.filter((_own, other) => other !== held),
      penalty,
    ),
  );
  return rows.map((row, i) => {
    const model = models[fold[i] ?? 0] ?? new Map<string, LinearModel>();
    const worth = (arm: string): number => {
      const own = model.get(arm);
      return own ? predict(own, row.features) : 0;
    };
    return {
      ...{ reward: row.reward, propensity: row.propensity, unit: row.unit },
      targetProbability: targetOf(row, row.arm),
      predicted: worth(row.arm),
      predictedTarget: Object.entries(row.target).reduce(
        (sum, [arm, probability]) => sum + probability * worth(arm),
        0,
      ),
    };
  });
}

function targetOf({ target }: LoggedDecision, arm: string): number {
  return Object.hasOwn(target, arm) ? (target[arm] ?? 0) : 0;
}

function foldsOf(rows: readonly LoggedDecision[], folds: number): number[] {
  const known = new Map<string, number>();
  let next = 0;
  return rows.map(({ unit }) => {
    const found = unit === undefined ? undefined : known.get(unit);
    if (found !== undefined) return found;
    const own = next % folds;
    next += 1;
    if (unit !== undefined) known.set(unit, own);
    return own;
  });
}

type ArmSums = ReadonlyMap<string, RegressionSums>;

/** Of each fold, by arm. */
function sumsOf(rows: readonly LoggedDecision[], fold: readonly number[], folds: number): ArmSums[] {
  const all = Array.from({ length: folds }, () => new Map<string, LoggedDecision[]>());
  for (const [i, row] of rows.entries()) {
    const own = all[fold[i] ?? 0];
    const records = own?.get(row.arm) ?? [];
    records.push(row);
    own?.set(row.arm, records);
  }
  return all.map((byArm) => new Map([...byArm].map(([arm, records]) => [arm, regressionOf(records)])));
}

/** Models of what these folds have seen together. */
function modelsOf(folds: readonly ArmSums[], penalty: number): Map<string, LinearModel> {
  const sums = new Map<string, RegressionSums>();
  for (const [arm, own] of folds.flatMap((each) => [...each])) {
    const held = sums.get(arm);
    sums.set(arm, held ? addSums(held, own) : own);
  }
  return new Map([...sums].map(([arm, own]) => [arm, fitRidge(own, penalty)]));
}
