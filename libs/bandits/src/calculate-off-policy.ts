// The calculator `off-policy`: what another allocation would have earned, from logged rows, and whether the log can say so.
import { firstBroken, type Calculated, type Rule } from '@weir/stats';
import { evaluateOffPolicy, type LoggedRow, type OffPolicyEstimate } from './off-policy';

export interface OffPolicyQuestion {
  readonly rows: readonly LoggedRow[];
  /** No weight counts more; default none. */
  readonly clip?: number | undefined;
}

export interface OffPolicyAnswer extends OffPolicyEstimate {
  readonly method: 'inverse propensities';
  readonly rows: number;
  /** Null: none. */
  readonly clip: number | null;
}

export function offPolicyCalculator({ rows, clip }: OffPolicyQuestion): Calculated<OffPolicyAnswer> {
  const hasPredictions = rows.some((row) => row.predicted !== undefined || row.predictedTarget !== undefined);
  const refused = firstBroken([
    ['rows', rows.length > 0, 'must hold a row'],
    ['clip', clip === undefined || (clip > 0 && Number.isFinite(clip)), 'must be above 0'],
    ...rows.flatMap((row, index) => rowRules(row, `rows.${index}`, hasPredictions)),
    ['rows', rows.some(({ targetProbability }) => targetProbability > 0), 'have weights that are all 0'],
  ]);
  if (refused) return refused;
  return {
    ok: true,
    answer: { method: 'inverse propensities', rows: rows.length, clip: clip ?? null, ...evaluateOffPolicy(rows, clip) },
  };
}

function rowRules(row: LoggedRow, path: string, hasPredictions: boolean): Rule[] {
  const { reward, propensity, targetProbability, predicted, predictedTarget } = row;
  const isKnown = (value: number | undefined): boolean => !hasPredictions || Number.isFinite(value);
  const mustBeThere = 'must be a number in each row, or in none';
  return [
    [`${path}.reward`, Number.isFinite(reward), 'must be a number'],
    [`${path}.propensity`, propensity > 0 && propensity <= 1, 'must be above 0 and at most 1'],
    [`${path}.targetProbability`, targetProbability >= 0 && targetProbability <= 1, 'must be from 0 to 1'],
    [`${path}.predicted`, isKnown(predicted), mustBeThere],
    [`${path}.predictedTarget`, isKnown(predictedTarget), mustBeThere],
  ];
}
