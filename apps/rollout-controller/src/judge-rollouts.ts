// Evidence and time move rollouts: whole windows are folded in, guardrails judged, and the rollout moved, all in one transaction.
import { type AdvanceRollout } from './advance-rollout';
import { advance } from './domain/advance';
import { appliedRevision } from './domain/applied';
import { foldPairs, foldWindow, openJudgement, seeAt, type Judgement } from './domain/judgement';
import { type Model } from './domain/model';
import { planOf } from './domain/plan';
import { armsOf, placeOf, serves, type Rollout } from './domain/rollout';
import { type Seen } from './domain/verdict';
import { lockRollout } from './lock-rollout';
import { readVerdicts } from './read-verdicts';
import { type Clock, type Greens, type Store, type TornWatch, type Tx, type Windows } from './ports';
import { tornAt } from './torn-at';
import { silentBefore } from './settle-rollbacks';

type Readable = Pick<Tx, 'evidence' | 'pairs' | 'routers' | 'readings'>;

export class JudgeRollouts {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly mover: AdvanceRollout,
    private readonly watch: TornWatch,
    private readonly greens: Greens,
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
    const { judgements, evidence, pairs } = this.store.read;
    const { id, state, spec } = rollout;
    const judgement = await judgements.find(id, state.attempt);
    if (!judgement) return true;
    if ((await evidence.windowsAfter(id, state.attempt, judgement.through?.index ?? -1)).length > 0) return true;
    const { comparison } = judgement;
    const newPairs = comparison && (await pairs.windowsAfter(id, state.attempt, comparison.through?.index ?? -1));
    if (newPairs && newPairs.length > 0) return true;
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
    const opened = kept ?? openJudgement(rollout, model.manifest);
    const counted = await this.fold(tx.evidence, rollout, opened, ({ through }) => through, foldWindow);
    const judgement = counted.comparison
      ? await this.fold(tx.pairs, rollout, counted, ({ comparison }) => comparison?.through ?? null, foldPairs)
      : counted;
    if (judgement !== kept) await tx.judgements.save(rollout.id, judgement);
    return judgement;
  }

  private async fold(
    windows: Pick<Windows, 'windowsAfter'>,
    { id, state }: Rollout,
    from: Judgement,
    throughOf: (judgement: Judgement) => Judgement['through'],
    foldOne: typeof foldWindow,
  ): Promise<Judgement> {
    let judgement = from;
    for (;;) {
      const more = await windows.windowsAfter(id, state.attempt, throughOf(judgement)?.index ?? -1);
      if (more.length === 0) return judgement;
      judgement = more.reduce((folded, window) => foldOne(folded, window), judgement);
    }
  }

  private async see(read: Readable, rollout: Rollout, judgement: Judgement): Promise<Seen> {
    const now = this.clock.now();
    const heard = await read.routers.heardSince(silentBefore(now));
    const applied = appliedRevision(heard, rollout.model) ?? Infinity;
    const seen = seeAt(judgement, placeOf(rollout.state), rollout.spec);
    const torn = await tornAt(read, rollout, judgement);
    const verdicts = [...seen.verdicts, ...(await readVerdicts(read, rollout, now))];
    const green = this.greens.of(rollout.id);
    return { ...seen, verdicts, green, applied: applied >= rollout.policyRevision, torn };
  }
}
