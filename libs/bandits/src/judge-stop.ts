// May the bandit end? Only when little is left to be gained and the leader is told apart from every other arm, at any look.
import { type Allocation } from './allocate';
import { claimedMean, contrastsOf, type ClaimedContrast, type ClaimSums } from './claims';
import { posteriorMean, type Direction } from './posterior';
import { valueRemaining } from './value-remaining';

export interface StopPlan {
  readonly direction: Direction;
  /** Value remaining, relative, (0, 1). */
  readonly threshold: number;
  /** Of the separation, default 0.05. */
  readonly alpha?: number;
  /** unit: predictions of one unit share their arm, and no claim that adapts is made. */
  readonly assign: 'prediction' | 'unit';
}

export interface StopVerdict {
  /** The arm with the greatest probability of being the best; ties to the first by name. */
  readonly leader: string;
  /** 95th percentile of what might be gained, relative; below the threshold little is left. */
  readonly valueRemaining: number;
  readonly threshold: number;
  /** The leader against each other, at every look. Empty where nothing is claimed. */
  readonly contrasts: readonly ClaimedContrast[];
  /** Every contrast is on the better side of 0; null: not claimed, since units keep their arms. */
  readonly separated: boolean | null;
  readonly stop: boolean;
  readonly sentence: string;
}

/** One arm has nothing to be told apart from: it stops. No arm: null. */
export function judgeStop(
  { arms }: Pick<Allocation, 'arms'>,
  claims: Readonly<Record<string, ClaimSums>>,
  plan: StopPlan,
): StopVerdict | null {
  const names = Object.keys(arms).sort();
  const standings = names.flatMap((name) => arms[name] ?? []);
  const best = standings.reduce(
    (most, { probabilityBest }, index) => (probabilityBest > (standings[most]?.probabilityBest ?? 0) ? index : most),
    0,
  );
  const leader = names[best];
  if (leader === undefined) return null;
  const posteriors = standings.map(({ posterior }) => posterior);
  const remaining = valueRemaining(posteriors, best, plan.direction);
  const contrasts = plan.assign === 'unit' ? [] : claimedContrasts(names, leader, claims, plan);
  const separated = plan.assign === 'unit' ? null : areApart(contrasts, names.length - 1, plan.direction);
  const found = { leader, valueRemaining: remaining, threshold: plan.threshold, contrasts, separated };
  const stop = remaining <= plan.threshold && separated === true;
  return { ...found, stop, sentence: sentenceOf(found, posteriorMean(posteriors[best] ?? nothing)) };
}

const nothing = { kind: 'normal', mean: 0, standardError: 1 } as const;

function claimedContrasts(
  names: readonly string[],
  leader: string,
  claims: Readonly<Record<string, ClaimSums>>,
  { threshold, alpha = 0.05 }: StopPlan,
): ClaimedContrast[] {
  const means = Object.fromEntries(
    names.map((name) => {
      const sums = Object.hasOwn(claims, name) ? claims[name] : undefined;
      return [name, sums ? claimedMean(sums) : null] as const;
    }),
  );
  const known = Object.values(means).flatMap((mean) => (mean ? [Math.abs(mean.mean)] : []));
  const pooled = known.reduce((sum, mean) => sum + mean, 0) / known.length;
  if (!(pooled > 0)) return [];
  return contrastsOf(leader, means, { alpha, difference: threshold * pooled });
}

function areApart(contrasts: readonly ClaimedContrast[], others: number, direction: Direction): boolean {
  if (contrasts.length < others) return false;
  return contrasts.every(
    ({ interval }) => interval !== null && (direction === 'up' ? interval[0] > 0 : interval[1] < 0),
  );
}

function sentenceOf(
  { leader, valueRemaining: value, threshold, separated }: Omit<StopVerdict, 'stop' | 'sentence'>,
  mean: number,
) {
  const share = (part: number): string =>
    Number.isFinite(part) ? `${Number((part * 100).toPrecision(2))} %` : 'any amount';
  const left = `Going on may still gain ${share(value)} over ${leader} (about ${Number(mean.toPrecision(3))}), ${
    value <= threshold ? 'no more than' : 'more than'
  } the ${share(threshold)} it should.`;
  if (separated === null) return `${left} Units keep their arms, so that no difference is claimed while weights move.`;
  return `${left} ${leader} is ${separated ? '' : 'not '}told apart from ${separated ? 'every other arm' : 'all other arms yet'}.`;
}
