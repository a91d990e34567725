// A store in memory whose transactions are whole or not at all, and may be ended at any call: what the simulation moves rollouts in.
import { type PolicyPublished } from '@weir/contracts';
import { type Model } from './domain/model';
import { livePhases, type Rollout } from './domain/rollout';
import { type AuditEntry, type HeardRouter, type Store, type Tx } from './ports';
import { revisionConflict } from './refusals';

export class Killed extends Error {}

interface Tables {
  models: Map<string, Model>;
  rollouts: Map<string, Rollout>;
  policies: PolicyPublished[];
  audit: AuditEntry[];
  routers: Map<string, HeardRouter>;
}

export class MemoryStore implements Store {
  tables: Tables = { models: new Map(), rollouts: new Map(), policies: [], audit: [], routers: new Map() };
  /** Calls until the process ends; Infinity: never. */
  callsLeft = Infinity;

  get read(): Store['read'] {
    return this.rooms(this.tables);
  }

  /** One after the other, as the model's lock has it. */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { models, rollouts, policies, audit, routers } = this.tables;
    const copy: Tables = {
      models: new Map(models),
      rollouts: new Map(rollouts),
      policies: [...policies],
      audit: [...audit],
      routers,
    };
    const result = await work(this.rooms(copy));
    this.spend();
    this.tables = copy;
    this.spend(); // killed after the commit: it is done, and nobody hears of it
    return result;
  }

  private spend(): void {
    this.callsLeft -= 1;
    if (this.callsLeft < 0) throw new Killed();
  }

  private rooms(tables: Tables): Tx {
    const call = <A extends unknown[], R>(work: (...args: A) => R) => {
      return (...args: A): Promise<R> => {
        this.spend();
        return Promise.resolve(work(...args));
      };
    };
    const { models, rollouts, policies, audit, routers } = tables;
    const inPhase = (model: string, phases: readonly string[]) =>
      [...rollouts.values()].filter((each) => each.model === model && phases.includes(each.state.phase));
    const put = (rollout: Rollout) => void rollouts.set(rollout.id, rollout);
    const all = {
      models: {
        find: call((name: string) => models.get(name)),
        lock: call((name: string) => models.get(name)),
        save: call((model: Model) => void models.set(model.name, model)),
        lists: call(() => ({})),
      },
      rollouts: {
        find: call((id: string) => rollouts.get(id)),
        liveOf: call((model: string) => inPhase(model, livePhases)),
        keeping: call(() =>
          [...rollouts.values()].filter(({ state }) => state.phase === 'completed' && state.keptUntil !== undefined),
        ),
        rollingBack: call(() => [...rollouts.values()].filter(({ state }) => state.phase === 'rolling-back')),
        insert: call(put),
        update: call((rollout: Rollout) => {
          const present = rollouts.get(rollout.id)?.revision ?? 0;
          if (present !== rollout.revision - 1) throw revisionConflict(rollout.revision - 1, present);
          put({ ...rollout, policyRevision: rollouts.get(rollout.id)?.policyRevision ?? 0 });
        }),
        place: call((id: string, policyRevision: number) => {
          const present = rollouts.get(id);
          if (present) put({ ...present, policyRevision });
        }),
      },
      policies: {
        latest: call((model: string) => policies.findLast((policy) => policy.model === model)),
        find: call((model: string, revision: number) =>
          policies.find((policy) => policy.model === model && policy.revision === revision),
        ),
        save: call((policy: PolicyPublished) => void policies.push(policy)),
      },
      audit: { add: call((entry: AuditEntry) => void audit.push(entry)) },
      routers: {
        heardSince: call((instant: string) =>
          [...routers.values()].filter(({ heardAt }) => Date.parse(heardAt) >= Date.parse(instant)),
        ),
        serving: call(() => [...routers.values()]),
      },
      announce: { policy: call(() => undefined), rolloutChanged: call(() => undefined) },
    };
    return all as unknown as Tx; // the rooms that moves go through
  }
}
