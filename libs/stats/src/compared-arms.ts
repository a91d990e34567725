// Arms as the calculators of differences take them, and what every one of them asks of its numbers.
import { firstBroken, isCount, isShare, mustBeShare, type Refusal, type Rule } from './calculated';
import { type Estimate, type RatioMean } from './contrast';

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

export interface ArmsQuestion {
  readonly metric: 'mean' | 'proportion';
  readonly arms: readonly (MeanArm | ProportionArm)[];
  /** The name of an arm. */
  readonly baseline: string;
  /** Default 0.05. */
  readonly alpha?: number | undefined;
  /** Of an arm to the baseline; default two-sided. */
  readonly alternative?: Alternative | undefined;
}

export interface Asked {
  readonly alpha: number;
  readonly alternative: Alternative;
}

export function askedOf({ alpha = 0.05, alternative = 'two-sided' }: ArmsQuestion): Asked {
  return { alpha, alternative };
}

/** An arm's mean and the variance of that mean; of a proportion p(1 - p)/n. */
export function meanOf(arm: MeanArm | ProportionArm): RatioMean {
  if ('mean' in arm) return { units: arm.n, mean: arm.mean, variance: arm.variance / arm.n };
  const mean = arm.successes / arm.n;
  // not 1 - mean, which is 0 for one failure in very many
  return { units: arm.n, mean, variance: (mean * ((arm.n - arm.successes) / arm.n)) / arm.n };
}

/** The baseline, and the arms that are held against it. */
export function contrastsOf<T extends { readonly name: string }>(arms: readonly T[], baseline: string) {
  const control = arms.find(({ name }) => name === baseline);
  return { control, others: arms.filter(({ name }) => name !== baseline) };
}

/** Numbers so far apart that their difference, or what it is relative to, is beyond the doubles. */
export function beyondDoubles(
  comparisons: readonly { readonly arm: string; readonly standardError: number; readonly relative: Estimate }[],
  arms: ArmsQuestion['arms'],
): Refusal | null {
  const lost = comparisons.find(
    ({ standardError, relative }) => !Number.isFinite(standardError + relative.standardError + relative.difference),
  );
  if (!lost) return null;
  const field = `arms.${arms.findIndex(({ name }) => name === lost.arm)}`;
  return { ok: false, field, message: 'is too far from the baseline for a difference to be computed' };
}

/** The first field that cannot be; `more` are the calculator's own rules. */
export function armsRefusal(question: ArmsQuestion, more: readonly Rule[] = []): Refusal | null {
  const { metric, arms, baseline } = question;
  const { alpha, alternative } = askedOf(question);
  const control = arms.findIndex(({ name }) => name === baseline);
  const controlArm = arms[control];
  const nothing = controlArm !== undefined && meanOf(controlArm).mean === 0;
  const value = metric === 'mean' ? 'mean' : 'successes';
  return firstBroken([
    ['metric', metric === 'mean' || metric === 'proportion', 'must be mean or proportion'],
    ['arms', arms.length >= 2, 'must hold two arms or more'],
    ...arms.flatMap((arm, index) => armRules(arm, `arms.${index}`, metric)),
    ['arms', new Set(arms.map(({ name }) => name)).size === arms.length, 'must have different names'],
    ['baseline', control >= 0, 'must name an arm'],
    [`arms.${control}.${value}`, !nothing, 'must not be 0 in the baseline: nothing is relative to it'],
    ['alpha', isShare(alpha), mustBeShare],
    ['alternative', ['two-sided', 'greater', 'less'].includes(alternative), 'must be two-sided, greater or less'],
    ...more,
  ]);
}

function armRules(arm: MeanArm | ProportionArm, path: string, metric: 'mean' | 'proportion'): Rule[] {
  const n: Rule = [
    `${path}.n`,
    isCount(arm.n) && arm.n >= (metric === 'mean' ? 2 : 1),
    `must be a whole number, ${metric === 'mean' ? '2 or more: one value has no variance' : '1 or more'}`,
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
