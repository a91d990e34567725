// What there is to do for an instance that a rolling update moves, by the phase that it is in.
import { type ModelManifest, type RollingStage } from '@weir/contracts';
import { type FleetInstance, type MovingInstance } from './fleet';
import { type Model } from './model';
import { fleetOf, type Rollout } from './rollout';

/** A version as its server knows it. */
export interface ServedVersion {
  readonly version: string;
  readonly protocol: ModelManifest['protocol'];
  readonly modelName: string;
  readonly modelVersion: string | undefined;
  readonly auth: ModelManifest['versions'][string]['auth'];
  /** Of a prediction. */
  readonly timeoutMs: number;
}

export interface InstanceWork {
  readonly rollout: string;
  readonly attempt: number;
  readonly model: string;
  readonly url: string;
  /** update: have its updater update it; prepare: await that it is ready, warm it up, take the other version off it; watch: ask whether it is ready. */
  readonly kind: 'update' | 'prepare' | 'watch';
  /** What is reported of it names these; undefined: it is in service. */
  readonly phase: MovingInstance['phase'] | undefined;
  readonly since: string;
  readonly from: ServedVersion;
  readonly to: ServedVersion;
  readonly stage: Pick<RollingStage, 'updater' | 'warmup' | 'deadlineMs'>;
}

/** Nothing where the rollout moves no instances. */
export function workOf(rollout: Rollout, model: Model): InstanceWork[] {
  const { state, spec } = rollout;
  const stage = 'at' in state && state.at ? spec.stages[state.at.stage] : undefined;
  const fleet = fleetOf(rollout);
  if (stage?.kind !== 'rolling' || !fleet) return [];
  return fleet.instances.flatMap((instance): InstanceWork[] => {
    const task = taskOf(instance);
    if (!task) return [];
    const { kind, from, to } = task;
    const { updater, warmup, deadlineMs } = stage;
    return [
      {
        ...{ rollout: rollout.id, attempt: state.attempt, model: model.name, url: instance.url, kind },
        phase: instance.phase === 'serving' || instance.phase === 'failed' ? undefined : instance.phase,
        since: 'since' in instance ? instance.since : '',
        from: servedAs(model, from),
        to: servedAs(model, to),
        stage: { updater, warmup, deadlineMs },
      },
    ];
  });
}

function taskOf(instance: FleetInstance): { kind: InstanceWork['kind']; from: string; to: string } | undefined {
  switch (instance.phase) {
    case 'serving':
      return { kind: 'watch', from: instance.version, to: instance.version };
    case 'updating':
      return { kind: 'update', from: instance.from, to: instance.to };
    case 'readying':
      return { kind: 'prepare', from: instance.from, to: instance.to };
    case 'settling':
      return { kind: 'watch', from: instance.from, to: instance.to };
    case 'draining':
    case 'emptying':
    case 'joining':
    case 'failed':
      return undefined;
  }
}

export function servedAs({ name, manifest }: Model, version: string): ServedVersion {
  const { protocol, timeoutMs, versions } = manifest;
  const { modelName, modelVersion, auth } = versions[version] ?? {};
  return { version, protocol, timeoutMs, modelName: modelName ?? name, modelVersion, auth };
}
