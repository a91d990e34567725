// What one asks of the size of an experiment, and which of such questions have an answer.
import { firstBroken, isCount, isShare, mustBeShare, type Refusal, type Rule } from './calculated';
import { type Alternative, type Asked } from './compared-arms';
import { directionOf } from './planned-size';
import { type PlannedBaseline } from './power';

export interface PowerQuestion {
  readonly metric: 'mean' | 'proportion';
  readonly baseline: PlannedBaseline;
  /** Absolute, of an arm to the baseline. Of effect, power and unitsPerArm exactly one is left out. */
  readonly effect?: number | undefined;
  readonly power?: number | undefined;
  readonly unitsPerArm?: number | undefined;
  /** Default 0.05, not corrected for the number of arms. */
  readonly alpha?: number | undefined;
  readonly alternative?: Alternative | undefined;
  /** The baseline included, default 2. */
  readonly arms?: number | undefined;
  /** Decided by the confidence sequence as data come in; default false: by one test at the end. */
  readonly sequential?: boolean | undefined;
  /** Sequential: N* of both arms of a contrast; default twice unitsPerArm. */
  readonly plannedUnits?: number | undefined;
}

/** A question with its defaults. */
export interface Plan extends Required<Pick<PowerQuestion, 'metric' | 'baseline' | 'arms' | 'sequential'>> {
  readonly asked: Asked;
  readonly effect: number | undefined;
  readonly power: number | undefined;
  readonly unitsPerArm: number | undefined;
  readonly plannedUnits: number | undefined;
  readonly targetPower: number;
}

export function planOf(question: PowerQuestion): Plan {
  const { metric, baseline, effect, power, unitsPerArm, plannedUnits } = question;
  const { alpha = 0.05, alternative = 'two-sided', arms = 2, sequential = false } = question;
  const given = { effect, power, unitsPerArm, plannedUnits };
  return { metric, baseline, arms, sequential, asked: { alpha, alternative }, ...given, targetPower: power ?? 0.8 };
}

export function planRefusal({ metric, baseline, asked, arms, sequential, effect, ...plan }: Plan): Refusal | null {
  const { power, unitsPerArm, plannedUnits } = plan;
  const given = [effect, power, unitsPerArm].filter((each) => each !== undefined).length;
  const missing = power === undefined ? 'power' : effect === undefined ? 'effect' : 'unitsPerArm';
  const towards = directionOf(asked, effect) * (effect ?? 1);
  const after = 'rate' in baseline ? baseline.rate + (effect ?? 0) : 0;
  return firstBroken([
    ['metric', metric === 'mean' || metric === 'proportion', 'must be mean or proportion'],
    [
      'baseline',
      'rate' in baseline === (metric === 'proportion'),
      'must have mean and variance, or a rate of a proportion',
    ],
    ...baselineRules(baseline),
    // with few units a smaller one asks for quantiles far beyond any use
    ['alpha', asked.alpha >= 1e-15 && asked.alpha < 1, 'must be between 1e-15 and 1'],
    ['alternative', ['two-sided', 'greater', 'less'].includes(asked.alternative), 'must be two-sided, greater or less'],
    ['alpha', !sequential || asked.alternative === 'two-sided' || asked.alpha < 0.5, 'must be below 0.5 on one side'],
    ['effect', effect === undefined || Number.isFinite(effect), 'must be a number'],
    ['power', power === undefined || (isShare(power) && power > asked.alpha), 'must be between alpha and 1'],
    [
      'unitsPerArm',
      unitsPerArm === undefined || (isCount(unitsPerArm) && unitsPerArm >= 2),
      'must be a whole number, 2 or more',
    ],
    ['arms', isCount(arms) && arms >= 2, 'must be a whole number, 2 or more'],
    [
      'plannedUnits',
      plannedUnits === undefined || (plannedUnits >= 1 && Number.isFinite(plannedUnits)),
      'must be 1 or more',
    ],
    ['plannedUnits', plannedUnits === undefined || sequential, 'belongs to a sequential plan'],
    [missing, given === 2, 'effect, power and unitsPerArm: two of them must be given, the third is the answer'],
    ['effect', after >= 0 && after <= 1, 'must leave a rate from 0 to 1'],
    ['effect', unitsPerArm !== undefined || towards > 0, 'must not be 0, and lie in the direction of the alternative'],
  ]);
}

function baselineRules(baseline: PlannedBaseline): Rule[] {
  if ('rate' in baseline) return [['baseline.rate', isShare(baseline.rate), mustBeShare]];
  const { mean, variance } = baseline;
  return [
    ['baseline.mean', Number.isFinite(mean), 'must be a number'],
    ['baseline.variance', variance >= 1e-300 && variance <= 1e300, 'must be above 0: what never varies needs no plan'],
  ];
}
