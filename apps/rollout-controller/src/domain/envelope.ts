// The bounds within which a bandit moves its traffic: what the allocator wants becomes what the arms get.
import { toBasisPoints, withCaps, withFloor, withStep } from '@weir/bandits';
import { type BanditStage } from '@weir/contracts';

type Weights = Readonly<Record<string, number>>;
type Bounds = Pick<BanditStage, 'capsBps' | 'maxChangeBps' | 'floorBps'>;

/** So that an arm that is in can be told from one that is out, and may come back. */
const leastBps = 1;

/** Weights of all arms with nothing for those that are out: what they leave goes to the others in proportion. Equal ones where none are given. */
export function withinCaps(
  weights: Weights,
  { capsBps }: Pick<Bounds, 'capsBps'>,
  all: readonly string[],
  out: readonly string[],
): Record<string, number> {
  return bounded(weights, { capsBps, floorBps: 0 }, all, out);
}

/**
 * Basis points of all arms, 10000 in all: no arm above its cap, none moves further than `maxChange` from what is in force, and one that is out has
 * none, whatever is wanted. A part of the way is taken where the whole would be too far.
 */
export function withinEnvelope(
  wanted: Weights,
  inForce: Weights,
  { capsBps, maxChangeBps, floorBps }: Bounds,
  out: readonly string[],
): Record<string, number> {
  const arms = Object.keys(inForce);
  const limited = bounded(wanted, { capsBps, floorBps }, arms, out);
  if (maxChangeBps >= 10_000) return limited;
  const left = arms.filter((arm) => !out.includes(arm));
  const part = withStep(sharesOf(limited, left), sharesOf(inForce, left), maxChangeBps / 10_000);
  return { ...noneOf(arms), ...atLeast(pointsOf(left, part)) };
}

/** Caps hold for what an arm gets of another's share too. */
function bounded(
  weights: Weights,
  { capsBps, floorBps }: Pick<Bounds, 'capsBps' | 'floorBps'>,
  arms: readonly string[],
  out: readonly string[],
): Record<string, number> {
  const left = arms.filter((arm) => !out.includes(arm));
  const capped = withCaps(
    floored(sharesOf(weights, left), floorBps / 10_000),
    left.map((arm) => (capOf(capsBps, arm) ?? 10_000) / 10_000),
  );
  return { ...noneOf(arms), ...atLeast(pointsOf(left, capped)) };
}

/** An allocator that has been told another floor does not starve an arm. What has its floor stays as it is. */
function floored(shares: readonly number[], floor: number): readonly number[] {
  return shares.some((share) => share < floor - 1e-9) ? withFloor(shares, floor) : shares;
}

function capOf(capsBps: Weights, arm: string): number | undefined {
  return Object.hasOwn(capsBps, arm) ? capsBps[arm] : undefined;
}

/** Adding up to 1; equal where nobody has anything. */
function sharesOf(weights: Weights, arms: readonly string[]): number[] {
  const own = arms.map((arm) => (Object.hasOwn(weights, arm) ? (weights[arm] ?? 0) : 0));
  const total = own.reduce((sum, weight) => sum + weight, 0);
  return own.map((weight) => (total > 0 ? weight / total : 1 / arms.length));
}

function pointsOf(arms: readonly string[], shares: readonly number[]): Record<string, number> {
  const points = toBasisPoints(shares);
  return Object.fromEntries(arms.map((arm, index) => [arm, points[index] ?? 0]));
}

function noneOf(arms: readonly string[]): Record<string, number> {
  return Object.fromEntries(arms.map((arm) => [arm, 0]));
}

/** Taken from the greatest. */
function atLeast(weights: Record<string, number>): Record<string, number> {
  const short = Object.keys(weights).filter((arm) => (weights[arm] ?? 0) < leastBps);
  const [greatest] = Object.entries(weights).sort(([, a], [, b]) => b - a);
  if (short.length === 0 || !greatest) return weights;
  const lifted = Object.fromEntries(short.map((arm) => [arm, leastBps]));
  return { ...weights, ...lifted, [greatest[0]]: greatest[1] - leastBps * short.length };
}
