// A rollout moves: by a person's command, or because what it waited for has come. The end of a prediction's life, and the start of the next.
import { type RolloutAction, type RolloutCommand, type When } from '@weir/contracts';
import { announceMove, type MoveNote } from './announce-move';
import { advance, type Input } from './domain/advance';
import { type Cause } from './domain/cause';
import { type Told } from './domain/allocation';
import { same } from './domain/canonical';
import { armsFit } from './domain/check-experiment';
import { refusedShadows } from './domain/check-shadow';
import { legalMoves } from './domain/legal-moves';
import { mirroredIn } from './domain/mirrored';
import { planOf } from './domain/plan';
import { withInstances, withoutGivenUp, withStable, withTarget, type Model } from './domain/model';
import { armsOf, fleetOf, formOf, occupies, type Rollout, weightsOf } from './domain/rollout';
import { type FleetSeen } from './domain/roll-fleet';
import { type Seen } from './domain/verdict';
import { lockRollout } from './lock-rollout';
import { type Caller, type Chance, type Clock, type Store, type Tx } from './ports';
import { publishPolicy } from './publish-policy';
import { invalid, Refused, refusedShadow, revisionConflict } from './refusals';
import { requireFreeSlice } from './require-free-slice';
import { startQueued } from './start-queued';

export interface Command extends RolloutCommand {
  readonly rollout: string;
  readonly action: RolloutAction;
}

export class AdvanceRollout {
  constructor(
    private readonly clock: Clock,
    private readonly chance: Chance,
  ) {}

  /** One command in the caller's transaction. @throws Refused 404, 409 illegal-move, revision-conflict, slice-taken. */
  async command(tx: Tx, command: Command, caller: Caller): Promise<Rollout> {
    const { model, rollout } = await lockRollout(tx, command.rollout);
    requireSeen(rollout, command);
    const now = this.clock.now();
    const { action, reason, version } = command;
    const ready = rollout.state.phase === 'rolled-back' ? await this.readyForMore(tx, model, rollout, action) : rollout;
    const result = move(ready, { kind: 'command', action, reason, version }, now);
    if (result === 'illegal') throw version === undefined ? unnamed(ready, action, now) : illegal(rollout, action, now);
    if (result === 'stayed') return rollout;
    return this.settle(tx, model, rollout, result.next, { actor: caller.name, action, reason, at: now });
  }

  /** Time and evidence, as they are seen under the lock of the model. Undefined where they move nothing. */
  async look(tx: Tx, model: Model, rollout: Rollout, seen: Seen): Promise<Rollout | undefined> {
    const now = this.clock.now();
    const result = move(rollout, { kind: 'look', seen, arms: armsOf(rollout) }, now);
    if (typeof result === 'string') return undefined;
    const { next, cause } = result;
    return this.settle(tx, model, rollout, next, { ...cause, reason: next.state.reason, at: now });
  }

  /**
   * What a bandit's allocator has computed, under the lock of the model. Undefined where it moves nothing. One that leaves the weights as they are is kept, and is no
   * move: nobody is told, and the revision stays.
   */
  async allocate(tx: Tx, model: Model, rollout: Rollout, told: Told): Promise<Rollout | undefined> {
    const now = this.clock.now();
    const result = move(rollout, { kind: 'allocated', ...told }, now);
    if (typeof result === 'string') return undefined;
    const { next, cause } = result;
    if (same(weightsOf(next), weightsOf(rollout)) && same(formOf(next), formOf(rollout))) {
      const kept = { ...rollout, state: { ...next.state, reason: rollout.state.reason } };
      await tx.rollouts.keepState(kept);
      return kept;
    }
    return this.settle(tx, model, rollout, next, { ...cause, reason: next.state.reason, at: now });
  }

  /** What is known of the instances that a rolling update moves, under the lock of the model. Undefined where it moves nothing. */
  async fleet(tx: Tx, model: Model, rollout: Rollout, seen: FleetSeen): Promise<Rollout | undefined> {
    const now = this.clock.now();
    const result = move(rollout, { kind: 'fleet', seen }, now);
    if (typeof result === 'string') return undefined;
    const { next, cause } = result;
    return this.settle(tx, model, rollout, next, { ...cause, reason: cause.note ?? next.state.reason, at: now });
  }

  /** The switch of a rolling-back rollout is in force wherever it is known to be needed. False where the rollout moved meanwhile. */
  async applied(store: Store, id: string, seen: number): Promise<boolean> {
    return store.transaction(async (tx) => {
      const { model, rollout } = await lockRollout(tx, id);
      const now = this.clock.now();
      const result = rollout.revision === seen ? move(rollout, { kind: 'applied' }, now) : 'stayed';
      if (typeof result === 'string') return false;
      const { next, cause } = result;
      await this.settle(tx, model, rollout, next, { ...cause, reason: cause.note ?? next.state.reason, at: now });
      return true;
    });
  }

  private async settle(tx: Tx, model: Model, before: Rollout, after: Rollout, note: MoveNote): Promise<Rollout> {
    await tx.rollouts.update(after);
    await announceMove(tx, before, after, note);
    const settled = await crown(tx, model, before, after, note.at);
    if (occupies(before) && !occupies(after)) await startQueued(tx, settled, after.name, note.at);
    const policyRevision = await publishPolicy(tx, settled, note.at);
    await tx.rollouts.place(after.id, policyRevision);
    return { ...after, policyRevision };
  }

  /** What goes on after a rollback is held to what a submission is held to: its slice is free, its candidate can serve and is not stable by now. */
  private async readyForMore(tx: Tx, model: Model, rollout: Rollout, action: RolloutAction): Promise<Rollout> {
    if (action !== 'retry' && action !== 'promote-full') return rollout;
    const { candidates } = rollout.spec;
    const gone = candidates.find((candidate) => !Object.hasOwn(model.manifest.versions, candidate));
    if (model.state !== 'active' || gone !== undefined)
      throw new Refused('version-gone', `${gone ?? candidates.join(', ')} is no longer a version of ${model.name}`);
    if (candidates.includes(model.stable))
      throw new Refused('already-stable', `${model.stable} is the model's stable already`);
    await requireFreeSlice(tx, rollout, { sameName: 'blocks' });
    if (action === 'retry') requireShadows(rollout, model);
    if (action === 'retry' && !armsFit(rollout.spec, model.stable))
      throw new Refused('version-gone', `${model.stable} is stable by now, and has no share among the arms`);
    return action === 'retry' ? { ...rollout, baseline: model.stable, salt: this.chance.salt() } : rollout;
  }
}

/** What was declared since may forbid to call a version twice. */
function requireShadows({ id, spec: { stages, candidates } }: Rollout, { manifest }: Model): void {
  if (!stages.some((stage) => mirroredIn(stage))) return;
  const problems = refusedShadows(candidates, manifest, `the rollout ${id}`);
  if (problems.length > 0) throw refusedShadow(problems);
}

function requireSeen({ spec, revision }: Rollout, { expectedRevision, version }: Command): void {
  if (expectedRevision !== undefined && expectedRevision !== revision)
    throw revisionConflict(expectedRevision, revision);
  if (version !== undefined && !spec.candidates.includes(version))
    throw invalid('unknown-version', [{ path: 'version', message: `${version} is not a candidate of the rollout` }]);
}

type Moved = { readonly next: Rollout; readonly cause: Cause };

function move(rollout: Rollout, input: Input, now: string): Moved | 'stayed' | 'illegal' {
  const result = advance(rollout.state, input, planOf(rollout.spec), now);
  if (result.kind !== 'moved') return result.kind;
  const { state, cause } = result;
  return { next: { ...rollout, state, revision: rollout.revision + 1, updatedAt: now }, cause };
}

function illegal(rollout: Rollout, action: RolloutAction, now: string): Error {
  const legal = legalMoves(rollout.state, planOf(rollout.spec), now);
  return new Refused(
    'illegal-move',
    `a rollout that is ${rollout.state.phase} cannot ${action}; it can ${legal.join(', ') || 'do nothing more'}`,
    legal.map((each) => ({ path: 'action', message: each })),
  );
}

/** Where the move is legal as soon as a version is named. */
function unnamed(rollout: Rollout, action: RolloutAction, now: string): Error {
  const plan = planOf(rollout.spec);
  const [version] = plan.candidates;
  const named = advance(rollout.state, { kind: 'command', action, reason: 'asked', version }, plan, now);
  if (named.kind !== 'moved') return illegal(rollout, action, now);
  const message = `is needed: ${plan.candidates.join(', ')} could be meant`;
  return invalid('unknown-version', [{ path: 'version', message }]);
}

/** A completed rollout's winner takes its place in the model. */
async function crown(tx: Tx, model: Model, before: Rollout, after: Rollout, now: string): Promise<Model> {
  const { spec, state } = after;
  const held = withoutGivenUp(model, fleetOf(before), 'at' in state ? state.at?.fleet : undefined);
  const isCrowned = state.phase === 'completed' && before.state.phase !== 'completed';
  const crowned = isCrowned ? crownedBy(held, spec, state) : held;
  if (crowned === model) return model;
  const saved = { ...crowned, updatedAt: now };
  await tx.models.save(saved);
  return saved;
}

type Completed = Extract<Rollout['state'], { phase: 'completed' }>;

function crownedBy(model: Model, { stages }: Rollout['spec'], { at, winner }: Completed): Model {
  if (winner === null) return model;
  const when = lastWhen(stages.at(-1));
  const holding = at.fleet ? withInstances(model, at.fleet, winner) : model;
  return when ? withTarget(holding, { when, version: winner }) : withStable(holding, winner);
}

function lastWhen(stage: Rollout['spec']['stages'][number] | undefined): When | undefined {
  return stage && 'when' in stage ? stage.when : undefined;
}
