// Whether a version may lose its instances: nobody may choose it any more, and nothing keeps it.
import { type PolicyPublished } from '@weir/contracts';
import { type Rollout } from './rollout';

/** Versions that a router may ask by this policy: to answer, in place of another, or beside it. */
export function chosenBy({ stable, slices, targets, overrides = {} }: PolicyPublished): Set<string> {
  const inSlices = slices.flatMap(({ arms, baseline, shadows }) => [
    baseline,
    ...Object.keys(arms).filter((arm) => (arms[arm] ?? 0) > 0),
    ...shadows.map(({ version }) => version),
  ]);
  return new Set([stable, ...inSlices, ...targets.map(({ version }) => version), ...Object.values(overrides)]);
}

export interface ServingBy {
  readonly router: { readonly router: string; readonly heardAt: string };
  readonly policy: PolicyPublished | undefined;
}

/** In words; empty: it may go. */
export function holdsOn(version: string, routers: readonly ServingBy[], keeping: readonly Rollout[]): string[] {
  const kept = keeping.flatMap(({ id, name, baseline, state }) =>
    state.phase === 'completed' && state.keptUntil !== undefined && baseline === version
      ? [`${name} (${id}) keeps it as blue until ${state.keptUntil}`]
      : [],
  );
  const choosing = routers.flatMap(({ router, policy }) =>
    policy && chosenBy(policy).has(version)
      ? [`the router ${router.router}, last heard at ${router.heardAt}, serves by revision ${policy.revision}`]
      : [],
  );
  return [...kept, ...choosing];
}
