// A model as the controller knows it: the manifest, and what rollouts have made of it.
import { type ModelManifest, type When } from '@weir/contracts';
import { same } from './canonical';
import { type Fleet } from './fleet';

export interface Target {
  readonly when: When;
  readonly version: string;
}

export interface Model {
  readonly name: string;
  readonly manifest: ModelManifest;
  /** Moved by completed rollouts and by `rollback`, never by a manifest. */
  readonly stable: string;
  /** The versions that were stable before, the latest last. */
  readonly stableHistory: readonly string[];
  /** Lasting targets of segments, the first that fits wins. */
  readonly targets: readonly Target[];
  readonly salt: string;
  /** retired: deleted, and remembered so that its policy's revision goes on ascending should it come back. */
  readonly state: 'active' | 'retired';
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The winner of a rollout is in charge; what was before is remembered for `rollback`. */
export function withStable(model: Model, version: string): Model {
  if (model.stable === version) return model;
  return { ...model, stable: version, stableHistory: [...model.stableHistory, model.stable].slice(-20) };
}

/** The winner of a rollout whose last stage had a `when` is that segment's lasting target; the newest goes before the older. */
export function withTarget(model: Model, target: Target): Model {
  return { ...model, targets: [target, ...model.targets.filter(({ when }) => !same(when, target.when))] };
}

/** The instances that a rolling update has moved belong to the version that they serve. */
export function withInstances(model: Model, { instances }: Fleet, version: string): Model {
  const moved = instances.map(({ url }) => url);
  const versions = Object.fromEntries(
    Object.entries(model.manifest.versions).map(([name, declared]) => {
      const left = declared.instances.filter((url) => !moved.includes(url));
      return [name, { ...declared, instances: name === version ? [...left, ...moved] : left }];
    }),
  );
  return { ...model, manifest: { ...model.manifest, versions } };
}

/** Instances that were given up on the way back from a rolling update are nobody's. */
export function withoutGivenUp(model: Model, before: Fleet | undefined, after: Fleet | undefined): Model {
  if (!before || !after) return model;
  const kept = new Set(after.instances.map(({ url }) => url));
  const gone = before.instances.map(({ url }) => url).filter((url) => !kept.has(url));
  if (gone.length === 0) return model;
  const versions = Object.fromEntries(
    Object.entries(model.manifest.versions).map(([name, declared]) => [
      name,
      { ...declared, instances: declared.instances.filter((url) => !gone.includes(url)) },
    ]),
  );
  return { ...model, manifest: { ...model.manifest, versions } };
}

/** The version to go back to: the latest that is declared still and is not the present one. */
export function previousStable({ stable, stableHistory, manifest }: Model): string | undefined {
  return stableHistory.findLast((version) => version !== stable && Object.hasOwn(manifest.versions, version));
}

/** A second rollback goes further back, never to the version that was just left. */
export function rolledBackTo(model: Model, version: string): Model {
  const index = model.stableHistory.lastIndexOf(version);
  return { ...model, stable: version, stableHistory: model.stableHistory.slice(0, Math.max(0, index)) };
}

/** Warm: it has instances, so that traffic can go there at once. */
export function isWarm({ manifest }: Model, version: string): boolean {
  return (manifest.versions[version]?.instances.length ?? 0) > 0;
}
