// The other things a person does to a model: its lists, its return to the version before, its end.
import { isWarm, previousStable, rolledBackTo, type Model } from './domain/model';
import { occupies } from './domain/rollout';
import { type Caller, type Clock, type Tx } from './ports';
import { publishPolicy } from './publish-policy';
import { notFound, Refused } from './refusals';

export class KeepModels {
  constructor(private readonly clock: Clock) {}

  /**
   * At once to the version that was stable before. A live rollout is in the way: it is compared with the stable that would
   * go, so whoever is in a hurry aborts it first, and the answer names it.
   * @throws Refused 409 rollout-live, no-previous-stable, version-cold.
   */
  async rollBack(tx: Tx, name: string, reason: string, caller: Caller): Promise<Model> {
    const model = await lockActive(tx, name);
    const inTheWay = (await tx.rollouts.liveOf(name)).filter(occupies);
    if (inTheWay.length > 0) throw busy('a rollout is in the way; abort it first', inTheWay);
    const version = previousStable(model);
    if (version === undefined) throw new Refused('no-previous-stable', `no other version of ${name} was stable before`);
    if (!isWarm(model, version)) throw new Refused('version-cold', `${version} has no instances any more`);
    const now = this.clock.now();
    const saved = { ...rolledBackTo(model, version), updatedAt: now };
    await this.save(tx, saved, 'rollback-model', `${model.stable} to ${version}: ${reason}`, caller, now);
    return saved;
  }

  /** @throws Refused 404, 413 policy-too-large. */
  async putList(tx: Tx, name: string, list: string, units: readonly string[], caller: Caller): Promise<number> {
    const model = await lockActive(tx, name);
    const now = this.clock.now();
    const distinct = [...new Set(units)];
    await tx.models.saveList(name, list, distinct, now);
    await this.save(tx, model, 'put-list', `${list}: ${distinct.length} units`, caller, now);
    return distinct.length;
  }

  /** @throws Refused 404, 409 rollout-live. */
  async remove(tx: Tx, name: string, caller: Caller): Promise<void> {
    const model = await lockActive(tx, name);
    const live = await tx.rollouts.liveOf(name);
    if (live.length > 0) throw busy('the model has a live rollout', live);
    const now = this.clock.now();
    await this.save(
      tx,
      { ...model, state: 'retired', targets: [], updatedAt: now },
      'delete-model',
      'deleted',
      caller,
      now,
    );
  }

  private async save(tx: Tx, model: Model, action: string, reason: string, caller: Caller, now: string): Promise<void> {
    await tx.models.save(model);
    const entry = { rollout: null, from: null, to: null, revision: null };
    await tx.audit.add({ ...entry, model: model.name, at: now, actor: caller.name, action, reason });
    await publishPolicy(tx, model, now);
  }
}

async function lockActive(tx: Tx, name: string): Promise<Model> {
  const model = await tx.models.lock(name);
  if (model?.state !== 'active') throw notFound('model', name);
  return model;
}

function busy(
  message: string,
  live: readonly { readonly id: string; readonly name: string; readonly state: { readonly phase: string } }[],
): Error {
  const details = live.map(({ id, name, state }) => ({
    path: 'rollout',
    message: `${name} (${id}) is ${state.phase}`,
  }));
  return new Refused('rollout-live', `${message}: ${details.map((each) => each.message).join('; ')}`, details);
}
