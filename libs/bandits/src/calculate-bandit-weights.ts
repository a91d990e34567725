// The calculator `bandit-weights`: how a bandit would share the traffic, given what is believed of its arms.
import { firstBroken, type Calculated, type Rule } from '@weir/stats';
import { withFloor } from './bound-weights';
import { type Direction, type Posterior } from './posterior';
import { probabilityBest } from './probability-best';
import { topTwoWeights } from './top-two';

export interface BetaArm {
  readonly name: string;
  /** Prior included: of s successes in n with Beta(1, 1) before it is 1 + s, 1 + n - s. */
  readonly alpha: number;
  readonly beta: number;
}

export interface NormalArm {
  readonly name: string;
  readonly mean: number;
  readonly standardError: number;
}

interface Options {
  /** Default up. */
  readonly direction?: Direction | undefined;
  /** Default thompson. */
  readonly mode?: 'thompson' | 'top-two' | undefined;
  /** Each arm's least share, default 0; shares are equal where floors do not fit. */
  readonly floor?: number | undefined;
}

export type BanditWeightsQuestion =
  | (Options & { readonly likelihood: 'bernoulli'; readonly arms: readonly BetaArm[] })
  | (Options & { readonly likelihood: 'normal'; readonly arms: readonly NormalArm[] });

export interface BanditWeightsAnswer extends Required<Options> {
  readonly method: 'Thompson by quadrature' | 'top-two Thompson by quadrature';
  readonly likelihood: 'bernoulli' | 'normal';
  /** By name. Sums to 1. */
  readonly probabilityBest: Readonly<Record<string, number>>;
  /** By name, floor applied. Sums to 1. */
  readonly weights: Readonly<Record<string, number>>;
}

export function banditWeightsCalculator(question: BanditWeightsQuestion): Calculated<BanditWeightsAnswer> {
  const { likelihood, direction = 'up', mode = 'thompson', floor = 0 } = question;
  const refused = firstBroken([...armRules(question), ...optionRules({ direction, mode, floor })]);
  if (refused) return refused;
  // by name, so that the order in which arms are asked for changes no bit
  const sorted = [...question.arms].sort((a, b) => (a.name < b.name ? -1 : 1));
  const probabilities = probabilityBest(sorted.map(beliefOf), direction);
  if (probabilities.some((p) => !Number.isFinite(p)))
    return { ok: false, field: 'arms', message: 'are too extreme to be compared' };
  const weights = withFloor(mode === 'thompson' ? probabilities : topTwoWeights(probabilities), floor);
  const byName = (values: readonly number[]) =>
    Object.fromEntries(question.arms.map((arm) => [arm.name, values[sorted.indexOf(arm)] ?? 0]));
  return {
    ok: true,
    answer: {
      method: mode === 'thompson' ? 'Thompson by quadrature' : 'top-two Thompson by quadrature',
      ...{ likelihood, direction, mode, floor },
      probabilityBest: byName(probabilities),
      weights: byName(weights),
    },
  };
}

function beliefOf(arm: BetaArm | NormalArm): Posterior {
  if ('alpha' in arm) return { kind: 'beta', alpha: arm.alpha, beta: arm.beta };
  return { kind: 'normal', mean: arm.mean, standardError: arm.standardError };
}

const least = 1e-3;
const most = 1e15;
const mustBeCount = `must be from ${least} to ${most}`;
const isCount = (value: number): boolean => value >= least && value <= most;
const isError = (value: number): boolean => value >= 1e-150 && value <= 1e150;

function armRules({ likelihood, arms }: BanditWeightsQuestion): Rule[] {
  const names = arms.map(({ name }) => name);
  const known = likelihood === 'bernoulli' || likelihood === 'normal';
  return [
    ['likelihood', known, 'must be bernoulli or normal'],
    ['arms', arms.length > 0, 'must hold an arm'],
    ...names.map((name, index): Rule => [`arms.${index}.name`, names.indexOf(name) === index, 'is there twice']),
    ...arms.flatMap((arm, index) => ('alpha' in arm ? betaRules(arm, index) : normalRules(arm, index))),
  ];
}

function betaRules({ alpha, beta }: BetaArm, index: number): Rule[] {
  return [
    [`arms.${index}.alpha`, isCount(alpha), mustBeCount],
    [`arms.${index}.beta`, isCount(beta), mustBeCount],
  ];
}

function normalRules({ mean, standardError }: NormalArm, index: number): Rule[] {
  return [
    [`arms.${index}.mean`, Math.abs(mean) <= 1e150, 'must be a number'],
    [`arms.${index}.standardError`, isError(standardError), 'must be above 0'],
  ];
}

function optionRules({ direction, mode, floor }: Required<Options>): Rule[] {
  return [
    ['direction', direction === 'up' || direction === 'down', 'must be up or down'],
    ['mode', mode === 'thompson' || mode === 'top-two', 'must be thompson or top-two'],
    ['floor', (floor ?? 0) >= 0 && (floor ?? 0) < 1, 'must be 0 or more and below 1'],
  ];
}
