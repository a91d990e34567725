// Nothing loses its instances while a router may choose it by the policy that it serves by, or while it is kept as blue.
import { type ModelManifest } from '@weir/contracts';
import { isWarm, type Model } from './domain/model';
import { holdsOn } from './domain/released';
import { type Tx } from './ports';
import { Refused } from './refusals';

/** @throws Refused 409 version-in-use, naming who holds it. A router that is silent holds too, until it is forgotten. */
export async function requireReleased(tx: Tx, model: Model, manifest: ModelManifest): Promise<void> {
  const cooled = Object.keys(model.manifest.versions).filter(
    (version) => isWarm(model, version) && !isWarm({ ...model, manifest }, version),
  );
  if (cooled.length === 0) return;
  const keeping = (await tx.rollouts.keeping()).filter((rollout) => rollout.model === model.name);
  const serving = await tx.routers.serving();
  const routers = await Promise.all(
    serving.map(async (router) => {
      const revision = Object.hasOwn(router.models, model.name) ? router.models[model.name]?.revision : undefined;
      return { router, policy: revision === undefined ? undefined : await tx.policies.find(model.name, revision) };
    }),
  );
  const held = cooled.flatMap((version) =>
    holdsOn(version, routers, keeping).map((why) => ({ path: `versions.${version}`, message: why })),
  );
  if (held.length === 0) return;
  const said = held.map(({ path, message }) => `${path.slice('versions.'.length)}: ${message}`).join('; ');
  throw new Refused('version-in-use', `must stay declared with instances: ${said}`, held);
}
