// A rollout is asked for: checked against its model, held against what is live, started, queued or refused.
import { type RolloutManifest } from '@weir/contracts';
import { announceMove } from './announce-move';
import { advance } from './domain/advance';
import { checkRollout } from './domain/check-rollout';
import { continuedFrom } from './domain/continued-bandit';
import { type EgressRule } from './domain/egress';
import { planOf } from './domain/plan';
import { type Model } from './domain/model';
import { same } from './domain/canonical';
import { isReturning, movesInstances, occupies, type Learning, type Rollout } from './domain/rollout';
import { type Caller, type Chance, type Clock, type Tx } from './ports';
import { publishPolicy } from './publish-policy';
import { invalid, Refused } from './refusals';
import { requireFreeSlice } from './require-free-slice';

export type Submission =
  | { readonly outcome: 'started' | 'queued'; readonly rollout: Rollout }
  /** The same specification is live already. */
  | { readonly outcome: 'unchanged'; readonly rollout: Rollout };

export class SubmitRollout {
  constructor(
    private readonly clock: Clock,
    private readonly chance: Chance,
    private readonly egress: EgressRule,
  ) {}

  /** @throws Refused 400 invalid-manifest; 409 rollout-live, slice-taken. */
  async submit(tx: Tx, manifest: RolloutManifest, caller: Caller): Promise<Submission> {
    const { model, spec } = await this.check(tx, manifest, 'lock');
    const ofName = (await tx.rollouts.liveOf(model.name)).filter(({ name }) => name === spec.name);
    const contenders = ofName.filter((each) => occupies(each) || each.state.phase === 'queued');
    const unchanged = contenders.find((each) => same(each.spec, spec));
    if (unchanged) return { outcome: 'unchanged', rollout: unchanged };
    const occupant = contenders.find(occupies);
    if (occupant && spec.onSpecChange === 'reject')
      throw new Refused(
        'rollout-live',
        `${occupant.name} (${occupant.id}) is ${occupant.state.phase}, and onSpecChange is reject`,
      );
    if (occupant && spec.onSpecChange === 'restart') requireInstances(occupant);
    const asked = this.draft(model, spec);
    await requireFreeSlice(tx, asked, { sameName: 'gives-way' });
    const queued = occupant !== undefined && spec.onSpecChange === 'queue';
    if (!queued) await this.supersede(tx, contenders, asked, caller);
    const continues = occupant && !queued ? continuedFrom(occupant, spec, asked.baseline) : [];
    const rollout = await this.enter(tx, model, asked, { queued, continues }, caller);
    return { outcome: queued ? 'queued' : 'started', rollout };
  }

  /** The manifest checked beside its model; nothing is written. */
  async check(
    tx: Pick<Tx, 'models'>,
    manifest: RolloutManifest,
    mode: 'lock' | 'read',
  ): Promise<{ model: Model; spec: RolloutManifest }> {
    const model = await (mode === 'lock' ? tx.models.lock(manifest.model) : tx.models.find(manifest.model));
    if (model?.state !== 'active')
      throw invalid('invalid-manifest', [{ path: 'model', message: `there is no model ${manifest.model}` }]);
    const lists = Object.keys(await tx.models.lists(model.name));
    const checked = checkRollout(manifest, { model, lists, egress: this.egress });
    if (!checked.ok) throw invalid('invalid-manifest', checked.problems);
    return { model, spec: checked.spec };
  }

  private draft(model: Model, spec: RolloutManifest): Rollout {
    const now = this.clock.now();
    return {
      id: this.chance.id(),
      name: spec.name,
      model: model.name,
      spec,
      state: { phase: 'pending', attempt: 1, reason: 'submitted' },
      revision: 1,
      baseline: model.stable,
      salt: this.chance.salt(),
      policyRevision: 0,
      createdAt: now,
      updatedAt: now,
    };
  }

  private async enter(
    tx: Tx,
    model: Model,
    asked: Rollout,
    { queued, continues }: { readonly queued: boolean; readonly continues: readonly Learning[] },
    caller: Caller,
  ): Promise<Rollout> {
    const now = asked.createdAt;
    const before = continues.at(-1)?.rollout;
    const anew = before === undefined ? 'submitted' : `submitted; goes on from what ${before} has learnt`;
    const reason = queued ? 'waits for the rollout before it' : anew;
    const started = advance(asked.state, { kind: 'start', reason, continues }, planOf(asked.spec), now);
    const state = queued || started.kind !== 'moved' ? { phase: 'queued' as const, attempt: 1, reason } : started.state;
    const rollout: Rollout = { ...asked, state };
    await tx.rollouts.insert(rollout);
    await announceMove(tx, undefined, rollout, { actor: caller.name, action: 'submit', reason, at: now });
    const policyRevision = await publishPolicy(tx, model, now);
    await tx.rollouts.place(rollout.id, policyRevision);
    return { ...rollout, policyRevision };
  }

  private async supersede(tx: Tx, contenders: readonly Rollout[], by: Rollout, caller: Caller): Promise<void> {
    const now = by.createdAt;
    const reason = `superseded by ${by.id}`;
    for (const rollout of contenders) {
      const result = advance(rollout.state, { kind: 'supersede', reason }, planOf(rollout.spec), now);
      if (result.kind !== 'moved') continue;
      const next: Rollout = { ...rollout, state: result.state, revision: rollout.revision + 1, updatedAt: now };
      await tx.rollouts.update(next);
      await announceMove(tx, rollout, next, { actor: caller.name, action: 'supersede', reason, at: now });
    }
  }
}

/** Instances that are half-way cannot be left there: they come to an end first, forward or back. */
function requireInstances(occupant: Rollout): void {
  if (!movesInstances(occupant) && !isReturning(occupant.state)) return;
  throw new Refused(
    'rollout-live',
    `${occupant.name} (${occupant.id}) is moving instances: abort it or let it end first, or submit with onSpecChange: queue`,
  );
}
