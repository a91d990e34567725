// The calculator `sequential`: the asymptotic confidence sequence of differences to a baseline, from each arm's count, mean and variance.
import { firstBroken, isCount, isShare, mustBeShare, type Calculated, type Rule } from './calculated';
import { halfWidth, logEvidence, tuning } from './confidence-sequence';

export type Alternative = 'two-sided' | 'greater' | 'less';

export interface MeanArm {
  readonly name: string;
  readonly n: number;
  readonly mean: number;
  /** Of a sample: divided by n - 1. */
  readonly variance: number;
}

export interface ProportionArm {
  readonly name: string;
  readonly n: number;
  readonly successes: number;
}

export interface SequentialQuestion {
  readonly metric: 'mean' | 'proportion';
  readonly arms: readonly (MeanArm | ProportionArm)[];
  /** The name of an arm. */
  readonly baseline: string;
  /** Default 0.05. */
  readonly alpha?: number | undefined;
  readonly alternative?: Alternative | undefined;
  /** N*: units of both arms of a contrast at which the interval is narrowest. */
  readonly plannedUnits: number;
}

export interface SequentialResult {
  readonly difference: number;
  readonly standardError: number;
  readonly pValue: number;
  /** An open end is null. */
  readonly interval: readonly [number | null, number | null];
}

export interface SequentialAnswer extends Required<Omit<SequentialQuestion, 'arms'>> {
  readonly method: 'asymptotic confidence sequence';
  readonly comparisons: readonly (SequentialResult & { readonly arm: string; readonly relative: SequentialResult })[];
}

export function sequentialCalculator(question: SequentialQuestion): Calculated<SequentialAnswer> {
  const { metric, arms, baseline, plannedUnits } = question;
  const asked = { alpha: question.alpha ?? 0.05, alternative: question.alternative ?? ('two-sided' as const) };
  const refused = refusal(question, asked);
  if (refused) return refused;
  const moments = arms.map(momentsOf);
  const control = moments.find(({ name }) => name === baseline);
  if (!control) return { ok: false, field: 'baseline', message: 'must name an arm' };
  const others = moments.filter(({ name }) => name !== baseline);
  const comparisons = others.map((arm) => {
    const q = ((arm.n + control.n) * rho(asked)) / plannedUnits;
    return {
      arm: arm.name,
      ...result(absolute(arm, control), q, asked),
      relative: result(relative(arm, control), q, asked),
    };
  });
  const parameters = { metric, baseline, plannedUnits, ...asked };
  return { ok: true, answer: { method: 'asymptotic confidence sequence', ...parameters, comparisons } };
}

interface Asked {
  readonly alpha: number;
  readonly alternative: Alternative;
}

function rho({ alpha, alternative }: Asked): number {
  return tuning(alternative === 'two-sided' ? alpha : 2 * alpha);
}

function momentsOf(arm: MeanArm | ProportionArm): MeanArm {
  if ('mean' in arm) return arm;
  const mean = arm.successes / arm.n;
  return { name: arm.name, n: arm.n, mean, variance: mean * (1 - mean) };
}

interface Difference {
  readonly difference: number;
  readonly standardError: number;
}

function absolute(arm: MeanArm, control: MeanArm): Difference {
  return {
    difference: arm.mean - control.mean,
    standardError: Math.sqrt(arm.variance / arm.n + control.variance / control.n),
  };
}

/** Delta method: V = s2_B/(n_B mA^2) + s2_A mB^2/(n_A mA^4). */
function relative(arm: MeanArm, control: MeanArm): Difference {
  const variance =
    arm.variance / (arm.n * control.mean ** 2) + (control.variance * arm.mean ** 2) / (control.n * control.mean ** 4);
  return { difference: (arm.mean - control.mean) / Math.abs(control.mean), standardError: Math.sqrt(variance) };
}

function result({ difference, standardError }: Difference, q: number, { alpha, alternative }: Asked): SequentialResult {
  const sided = alternative === 'two-sided' ? 'two' : 'one';
  const half = standardError * halfWidth(q, alpha, sided);
  const direction = alternative === 'less' ? -1 : 1;
  const z =
    standardError > 0
      ? (direction * difference) / standardError
      : difference === 0
        ? 0
        : Infinity * direction * difference;
  return {
    difference,
    standardError,
    pValue: Math.exp(-logEvidence(z, q, sided)),
    interval: [alternative === 'less' ? null : difference - half, alternative === 'greater' ? null : difference + half],
  };
}

function refusal({ metric, arms, baseline, plannedUnits }: SequentialQuestion, { alpha, alternative }: Asked) {
  const control = arms.findIndex(({ name }) => name === baseline);
  const controlArm = arms[control];
  return firstBroken([
    ['metric', metric === 'mean' || metric === 'proportion', 'must be mean or proportion'],
    ['arms', arms.length >= 2, 'must hold two arms or more'],
    ...arms.flatMap((arm, index) => armRules(arm, `arms.${index}`, metric)),
    ['arms', new Set(arms.map(({ name }) => name)).size === arms.length, 'must have different names'],
    ['baseline', control >= 0, 'must name an arm'],
    [
      `arms.${control}`,
      controlArm === undefined || momentsOf(controlArm).mean !== 0,
      'has mean 0: nothing is relative to it',
    ],
    ['alpha', isShare(alpha) && (alternative === 'two-sided' || alpha < 0.5), mustBeShare],
    ['plannedUnits', plannedUnits > 0 && Number.isFinite(plannedUnits), 'must be above 0'],
  ]);
}

function armRules(arm: MeanArm | ProportionArm, path: string, metric: 'mean' | 'proportion'): Rule[] {
  const n: Rule = [
    `${path}.n`,
    isCount(arm.n) && arm.n >= (metric === 'mean' ? 2 : 1),
    'must be a whole number, 2 or more for means',
  ];
  if (metric === 'proportion') {
    const successes = 'successes' in arm ? arm.successes : NaN;
    return [n, [`${path}.successes`, isCount(successes) && successes <= arm.n, 'must be a whole number from 0 to n']];
  }
  const { mean, variance } = 'mean' in arm ? arm : { mean: NaN, variance: NaN };
  return [
    n,
    [`${path}.mean`, Number.isFinite(mean), 'must be a number'],
    [`${path}.variance`, variance >= 0 && Number.isFinite(variance), 'must be a number, 0 or more'],
  ];
}
