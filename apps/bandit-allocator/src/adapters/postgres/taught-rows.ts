// What outcomes taught, as rows to be added: one for each arm and bucket, so that a chunk changes each row once.
import {
  addClaims,
  addContextSums,
  addRewards,
  noClaims,
  noRewards,
  type ClaimSums,
  type ContextSums,
  type RewardSums,
} from '@weir/bandits';
import { type Taught } from '../../domain/taught';

export function rewardRows(taught: readonly Taught[]): object[] {
  const sums = new Map<string, { arm: string; bucket: number; by: RewardSums }>();
  for (const { arm, bucket, by } of taught.flatMap(({ rewards }) => rewards)) {
    const key = `${bucket} ${arm}`;
    sums.set(key, { arm, bucket, by: addRewards(sums.get(key)?.by ?? noRewards, by) });
  }
  return [...sums.values()].map(({ arm, bucket, by: { n, sum, squares } }) => ({
    ...{ arm, bucket, n, sum: String(sum), squares: String(squares) },
  }));
}

export function claimRows(taught: readonly Taught[]): object[] {
  const sums = new Map<string, ClaimSums>();
  for (const { arm, by } of taught.flatMap(({ claims }) => claims))
    sums.set(arm, addClaims(sums.get(arm) ?? noClaims, by));
  return [...sums].map(([arm, { n, d, y, dd, yd, yy }]) => ({
    ...{ arm, n, d: String(d), y: String(y), dd: String(dd), yd: String(yd), yy: String(yy) },
  }));
}

export function contextRows(taught: readonly Taught[]): object[] {
  const sums = new Map<string, { arm: string; bucket: number; by: ContextSums }>();
  for (const { arm, bucket, by } of taught.flatMap(({ contexts }) => contexts)) {
    const key = `${bucket} ${arm}`;
    sums.set(key, { arm, bucket, by: addContextSums(sums.get(key)?.by, by) });
  }
  return [...sums.values()].map(({ arm, bucket, by: { n, xx, xr } }) => ({
    ...{ arm, bucket, n, xx: xx.map(String), xr: xr.map(String) },
  }));
}
