// Computes again, from the log of outcomes, what the bandits of a rollout have learnt, compares it with what is kept, and replaces it where that is ordered.
import { type Positions } from '@weir/bus';
import { type OutcomeJoined, type RebuildOrder, type RebuildView, type RebuiltStage } from '@weir/contracts';
import { placeId, placeOf, type BanditStage } from './domain/bandit-stage';
import { outcomeOf } from './domain/taught';
import { type FollowPolicy } from './follow-policy';
import { learnAll, type Lesson } from './learn-outcomes';
import { type Log, type RebuildStore, type RebuildTransactions } from './ports';

interface Job {
  readonly rollout: string;
  readonly stages: readonly BanditStage[];
  readonly order: RebuildOrder;
  view: RebuildView;
}

/** What was read so far. */
interface Read {
  readonly ends: Positions;
  readonly keptSinceMs: number | undefined;
}

export class RebuildBandits {
  private readonly jobs = new Map<string, Job>();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly policies: Pick<FollowPolicy, 'stagesOf' | 'keepStages'>,
    private readonly log: Log,
    private readonly transactions: RebuildTransactions,
    private readonly nowMs: () => number,
  ) {}

  /** Begins, or tells of the one that runs. Undefined: no bandit of that rollout is known. */
  begin(rollout: string, order: RebuildOrder): RebuildView | undefined {
    const held = this.jobs.get(rollout);
    if (held?.view.state === 'running') return held.view;
    const stages = this.policies.stagesOf(rollout);
    if (stages.length === 0) return undefined;
    const startedAt = this.now();
    const job: Job = {
      ...{ rollout, stages, order },
      view: { rollout, state: 'running', records: 0, startedAt, finishedAt: null, problem: null, stages: [] },
    };
    this.jobs.set(rollout, job);
    const run = this.attempt(job).finally(() => this.running.delete(run));
    this.running.add(run);
    return job.view;
  }

  /** Of this process, the last one. */
  view(rollout: string): RebuildView | undefined {
    return this.jobs.get(rollout)?.view;
  }

  /** Resolves when nothing runs. */
  async settled(): Promise<void> {
    await Promise.all(this.running);
  }

  private async attempt(job: Job): Promise<void> {
    try {
      const stages = await this.run(job);
      job.view = { ...job.view, state: 'done', finishedAt: this.now(), stages };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      job.view = { ...job.view, state: 'failed', finishedAt: this.now(), problem };
    }
  }

  private async run(job: Job): Promise<RebuiltStage[]> {
    await this.policies.keepStages();
    const ends = await this.transactions.rebuild(async (store) => {
      for (const stage of job.stages) await store.drop(again(stage));
      return store.positions();
    });
    const { keptSinceMs } = await this.replay(job, new Map(), ends, (lessons) =>
      this.transactions.rebuild((store) => learnAll(store, lessons)),
    );
    return this.transactions.rebuild((store) => this.settle(job, store, { ends, keptSinceMs }));
  }

  /** Under the stages' locks nothing is learnt: what came meanwhile is read, and then both sides are of the same outcomes. */
  private async settle(job: Job, store: RebuildStore, read: Read): Promise<RebuiltStage[]> {
    await store.lock(job.stages);
    const ends = await store.positions();
    const isBehind = [...ends].some(([partition, end]) => end > (read.ends.get(partition) ?? 0n));
    if (isBehind) await this.replay(job, read.ends, ends, (lessons) => learnAll(store, lessons));
    const rebuilt: RebuiltStage[] = [];
    for (const stage of job.stages) rebuilt.push(await settleStage(store, stage, job.order, read.keptSinceMs));
    return rebuilt;
  }

  private async replay(
    job: Job,
    from: Positions,
    to: Positions,
    learn: (lessons: readonly Lesson[]) => Promise<void>,
  ): Promise<{ keptSinceMs: number | undefined }> {
    const byPlace = new Map(job.stages.map((stage) => [placeId(stage), stage]));
    const { keptSinceMs } = await this.log.replay(from, to, async (outcomes) => {
      const lessons = outcomes.flatMap((event) => lessonOf(event, byPlace));
      if (lessons.length > 0) await learn(lessons);
      job.view = { ...job.view, records: job.view.records + outcomes.length };
    });
    return { keptSinceMs };
  }

  private now(): string {
    return new Date(this.nowMs()).toISOString();
  }
}

/** Where it is computed anew, beside what is kept. No rollout has such a name. */
function again(stage: BanditStage): BanditStage {
  return { ...stage, rollout: `${stage.rollout}#again` };
}

function lessonOf(event: OutcomeJoined, stages: ReadonlyMap<string, BanditStage>): Lesson[] {
  const place = placeOf(event);
  const stage = place && stages.get(placeId(place));
  const outcome = stage && outcomeOf(event, stage);
  return stage && outcome ? [{ stage: again(stage), outcome }] : [];
}

async function settleStage(
  store: RebuildStore,
  stage: BanditStage,
  { replace, force }: RebuildOrder,
  keptSinceMs: number | undefined,
): Promise<RebuiltStage> {
  const anew = again(stage);
  const differences = await store.compare(stage, anew);
  const { outcomes, firstBucket } = await store.extent(stage, anew);
  const equal = Object.values(differences).every((rows) => rows === 0);
  const complete = isComplete(stage, firstBucket, keptSinceMs);
  const replaced = replace && !equal && (complete || force);
  if (replaced) await store.replace(stage, anew);
  else await store.drop(anew);
  return {
    attempt: stage.attempt,
    stage: stage.stage,
    metric: stage.metric,
    outcomes,
    differences,
    equal,
    complete,
    replaced,
  };
}

/** An outcome comes after its prediction: where all outcomes since the first prediction are kept, all are. */
function isComplete(
  { halfLifeMs }: BanditStage,
  firstBucket: number | undefined,
  keptSinceMs: number | undefined,
): boolean {
  if (keptSinceMs === undefined) return true;
  return firstBucket !== undefined && (firstBucket * halfLifeMs) / 64 > keptSinceMs;
}
