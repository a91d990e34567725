// A model as the outside sees it.
import { type ModelView } from '@weir/contracts';
import { previousStable, type Model } from './domain/model';
import { type Store } from './ports';
import { notFound } from './refusals';

type Readable = Pick<Store['read'], 'models' | 'policies'>;

/** @throws Refused 404. */
export async function findModel(read: Readable, name: string): Promise<ModelView> {
  const model = await read.models.find(name);
  if (model?.state !== 'active') throw notFound('model', name);
  return describeModel(read, model);
}

export async function describeModel(read: Readable, model: Model): Promise<ModelView> {
  const { name, manifest, stable, targets, createdAt, updatedAt } = model;
  const [lists, policy] = [await read.models.lists(name), await read.policies.latest(name)];
  return {
    name,
    protocol: manifest.protocol,
    timeoutMs: manifest.timeoutMs,
    stable,
    previousStable: previousStable(model) ?? null,
    versions: manifest.versions,
    metrics: manifest.metrics,
    ...(manifest.ratios && { ratios: manifest.ratios }),
    capture: manifest.capture,
    targets: [...targets],
    overrides: { ...manifest.overrides },
    holdoutBps: manifest.holdout ?? 0,
    lists: Object.fromEntries(Object.entries(lists).map(([list, units]) => [list, units.length])),
    policy: { revision: policy?.revision ?? 0, epoch: policy?.epoch ?? 0 },
    createdAt,
    updatedAt,
  };
}
