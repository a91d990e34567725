// Evidence and time move rollouts: whole windows are folded in, guardrails judged, and the rollout moved, all in one transaction.
import { type AdvanceRollout } from './advance-rollout';
import { advance } from './domain/advance';
import { appliedRevision } from './domain/applied';
import { foldWindow, openJudgement, seeAt, type Judgement } from './domain/judgement';
import { type Model } from './domain/model';
import { planOf } from './domain/plan';
import { armsOf, placeOf, serves, type Rollout } from './domain/rollout';
import { type Seen } from './domain/verdict';
import { lockRollout } from './lock-rollout';
import { readVerdicts } from './read-verdicts';
import { type Clock, type Store, type TornWatch, type Tx } from './ports';
import { silentBefore } from './settle-rollbacks';

type Readable = Pick<Tx, 'evidence' | 'routers' | 'readings'>;

export class JudgeRollouts {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly mover: AdvanceRollout,
    private readonly watch: TornWatch,
  ) {}

  /** Looks at a rollout, and again after each move; true where it moved. What is looked at by two at once is judged by one after the other. */
  async look(id: string): Promise<boolean> {
    const rollout = await this.store.read.rollouts.find(id);
    if (!rollout || !serves(rollout.state) || !(await this.hasCause(rollout))) return false;
    const moved = await this.store.transaction((tx) => this.judge(tx, id));
    if (moved) await this.look(id);
    return moved;
  }

  /** Without the lock: whether there is anything to do. The answer is asked again under it. */
  private async hasCause(rollout: Rollout): Promise<boolean> {
    const { judgements, evidence } = this.store.read;
    const { id, state, spec } = rollout;
    const judgement = await judgements.find(id, state.attempt);
    if (!judgement) return true;
    if ((await evidence.windowsAfter(id, state.attempt, judgement.through?.index ?? -1)).length > 0) return true;
    const seen = await this.see(this.store.read, rollout, judgement);
    this.watch.saw(id, seen.torn);
    return (
      advance(state, { kind: 'look', seen, arms: armsOf(rollout) }, planOf(spec), this.clock.now()).kind === 'moved'
    );
  }

  private async judge(tx: Tx, id: string): Promise<boolean> {
    const { model, rollout } = await lockRollout(tx, id);
    if (!serves(rollout.state)) return false;
    const judgement = await this.gather(tx, model, rollout);
    const seen = await this.see(tx, rollout, judgement);
    return (await this.mover.look(tx, model, rollout, seen)) !== undefined;
  }

  /** All that has come whole since the last time, folded in and kept. */
  private async gather(tx: Tx, model: Model, rollout: Rollout): Promise<Judgement> {
    const { attempt } = rollout.state;
    const kept = await tx.judgements.find(rollout.id, attempt);
    let judgement = kept ?? openJudgement(rollout, model.manifest.metrics);
    for (;;) {
      const windows = await tx.evidence.windowsAfter(rollout.id, attempt, judgement.through?.index ?? -1);
      if (windows.length === 0) break;
      judgement = windows.reduce((folded, window) => foldWindow(folded, window), judgement);
    }
    if (judgement !== kept) await tx.judgements.save(rollout.id, judgement);
    return judgement;
  }

  private async see(read: Readable, rollout: Rollout, judgement: Judgement): Promise<Seen> {
    const now = this.clock.now();
    const heard = await read.routers.heardSince(silentBefore(now));
    const applied = appliedRevision(heard, rollout.model) ?? Infinity;
    const seen = seeAt(judgement, placeOf(rollout.state), rollout.spec);
    const torn = await read.evidence.tornAfter(rollout.id, rollout.state.attempt, judgement.through?.index ?? -1);
    const verdicts = [...seen.verdicts, ...(await readVerdicts(read, rollout, now))];
    return { ...seen, verdicts, applied: applied >= rollout.policyRevision, torn };
  }
}
