// The calculator `srm`: do counts of units follow the weights? Once, by chi-square; or at any time, by a Dirichlet e-value.
import { finiteAnswer, firstBroken, isCount, isShare, mustBeCount, mustBeShare, type Calculated } from './calculated';
import { logDirichletEvidence, type WeighedCount } from './dirichlet-mixture';
import { chiSquareTail } from './numerics/gamma-tail';
import { expFinite } from './numerics/log-sum';

export interface SampleRatioQuestion {
  readonly arms: readonly { readonly name: string; readonly weight: number; readonly units: number }[];
  /** chi-square: for an experiment that has ended, looked at once. sequential: valid at any time. */
  readonly method: 'chi-square' | 'sequential';
  /** Of the Dirichlet prior, default 100. */
  readonly concentration?: number | undefined;
  /** Default 0.001. */
  readonly alpha?: number | undefined;
}

export interface SampleRatioAnswer extends Required<SampleRatioQuestion> {
  readonly statistic?: number;
  readonly degreesOfFreedom?: number;
  readonly pValue: number;
  readonly eValue?: number;
  readonly logEValue?: number;
  readonly mismatch: boolean;
  /** Units in an arm of weight 0, which is not in the test. */
  readonly leak: boolean;
}

export function srmCalculator(question: SampleRatioQuestion): Calculated<SampleRatioAnswer> {
  const asked = { ...question, concentration: question.concentration ?? 100, alpha: question.alpha ?? 0.001 };
  const refused = refusal(asked);
  if (refused) return refused;
  const total = asked.arms.reduce((sum, { weight }) => sum + weight, 0);
  const weighed = asked.arms.filter(({ weight }) => weight > 0);
  const counts = weighed.map(({ weight, units }) => ({ share: weight / total, count: units }));
  const leak = asked.arms.some(({ weight, units }) => weight === 0 && units > 0);
  const found = asked.method === 'chi-square' ? chiSquare(counts) : sequential(counts, asked.concentration);
  return finiteAnswer({ ...asked, ...found, mismatch: found.pValue <= asked.alpha, leak }, 'arms');
}

/** Pearson's statistic; p = 1 where there is nothing to compare. */
function chiSquare(counts: readonly WeighedCount[]) {
  const n = counts.reduce((sum, { count }) => sum + count, 0);
  const degreesOfFreedom = counts.length - 1;
  if (degreesOfFreedom === 0 || n === 0) return { statistic: 0, degreesOfFreedom, pValue: 1 };
  const statistic = counts.reduce((sum, { share, count }) => sum + (count - n * share) ** 2 / (n * share), 0);
  return { statistic, degreesOfFreedom, pValue: chiSquareTail(statistic, degreesOfFreedom) };
}

function sequential(counts: readonly WeighedCount[], concentration: number) {
  const logEValue = counts.length < 2 ? 0 : logDirichletEvidence(counts, concentration);
  return { eValue: expFinite(logEValue), logEValue, pValue: Math.min(1, Math.exp(-logEValue)) };
}

function refusal({ arms, alpha, concentration, method }: Required<SampleRatioQuestion>) {
  return firstBroken([
    ...arms.flatMap(
      ({ weight, units }, index) =>
        [
          [`arms.${index}.weight`, weight >= 0 && Number.isFinite(weight), 'must be a number, 0 or more'],
          [`arms.${index}.units`, isCount(units), mustBeCount],
        ] as const,
    ),
    ['arms', arms.some(({ weight }) => weight > 0), 'must hold an arm with a weight above 0'],
    ['method', method === 'chi-square' || method === 'sequential', 'must be chi-square or sequential'],
    ['concentration', concentration > 0 && Number.isFinite(concentration), 'must be above 0'],
    ['alpha', isShare(alpha), mustBeShare],
  ]);
}
