// Outcomes teach the bandit whose prediction they are of: once each, by their greatest revision.
import { type Chunk } from '@weir/bus';
import { type OutcomeJoined } from '@weir/contracts';
import { placeId, placeOf, type BanditStage } from './domain/bandit-stage';
import { outcomeOf, taughtBy, type LearntOutcome, type Taught } from './domain/taught';
import { type FollowPolicy } from './follow-policy';
import { type Passing, type Store, type Transactions } from './ports';

export interface Lesson {
  readonly stage: BanditStage;
  readonly outcome: LearntOutcome;
}

export class LearnOutcomes {
  constructor(
    private readonly policies: Pick<FollowPolicy, 'await' | 'stageOf' | 'keepStages'>,
    private readonly transactions: Transactions,
    private readonly passing: Passing,
  ) {}

  /** True: a bandit has learnt that allocates by the number of its outcomes, and may have enough of them now. */
  async learn(chunk: Chunk<OutcomeJoined>): Promise<boolean> {
    this.policies.await(chunk.records.map(({ event }) => event));
    const lessons = new Map(
      chunk.records.flatMap(({ event, record }) => {
        const lesson = this.lessonOf(event);
        return lesson ? [[record.offset, lesson] as const] : [];
      }),
    );
    if (lessons.size === 0) {
      await this.passing.passed(chunk);
      return false;
    }
    await this.policies.keepStages();
    await this.transactions.once(chunk, async (store, fresh) => {
      await lockAndLearn(
        store,
        fresh.flatMap(({ record }) => lessons.get(record.offset) ?? []),
      );
    });
    return [...lessons.values()].some(({ stage }) => stage.updateOutcomes !== undefined);
  }

  private lessonOf(event: OutcomeJoined): Lesson | undefined {
    const place = placeOf(event);
    const stage = place && this.policies.stageOf(place);
    const outcome = stage && outcomeOf(event, stage);
    return stage && outcome ? { stage, outcome } : undefined;
  }
}

async function lockAndLearn(store: Store, lessons: readonly Lesson[]): Promise<void> {
  if (lessons.length === 0) return;
  await store.lock(stagesIn(lessons));
  await learnAll(store, lessons);
}

const stagesIn = (lessons: readonly Lesson[]): BanditStage[] => [
  ...new Map(lessons.map(({ stage }) => [placeId(stage), stage])).values(),
];

/** Stage by stage; whoever calls sees to it that nobody else does so for these stages. */
export async function learnAll(store: Pick<Store, 'known' | 'keep'>, lessons: readonly Lesson[]): Promise<void> {
  for (const stage of stagesIn(lessons)) {
    const own = lessons.filter((lesson) => placeId(lesson.stage) === placeId(stage));
    await learnStage(
      store,
      stage,
      own.map(({ outcome }) => outcome),
    );
  }
}

async function learnStage(
  store: Pick<Store, 'known' | 'keep'>,
  stage: BanditStage,
  outcomes: readonly LearntOutcome[],
): Promise<void> {
  const known = new Map(
    await store.known(
      stage,
      outcomes.map(({ identity }) => identity),
    ),
  );
  const changed = new Map<string, LearntOutcome>();
  const taught: Taught[] = [];
  for (const outcome of outcomes) {
    const one = taughtBy(outcome, known.get(outcome.identity), stage);
    if (one.rewards.length === 0) continue;
    taught.push(one);
    known.set(outcome.identity, outcome);
    changed.set(outcome.identity, outcome);
  }
  await store.keep(stage, [...changed.values()], taught);
}
