// Outcomes of `truth` metrics arrive: stable's and the shadow's answer are both judged by them.
import { type Chunk, type Received } from '@weir/bus';
import { type OutcomeJoined } from '@weir/contracts';
import { binsIn, profileId } from './domain/profile-bins';
import { admitSegment, emptyProfile } from './domain/profile';
import { dayOf, segmentOf, type Place, type ShadowedStage } from './domain/shadowed-stage';
import { unitName } from './domain/unit-sides';
import { countInto } from './keep-books';
import { byPrediction, judged, predictionKey, type Judged, type MatchOutcomes } from './match-outcomes';
import {
  attemptId,
  type Days,
  type KeptAnswers,
  type KeptBook,
  type KeptOutcome,
  type Passing,
  type Store,
  type Transactions,
  type Wake,
} from './ports';

/** An outcome of a prediction that was shadowed. */
interface Concerned {
  readonly event: OutcomeJoined;
  readonly outcome: KeptOutcome;
  readonly stage: ShadowedStage;
}

export class JudgeOutcomes {
  constructor(
    private readonly stageOf: (place: Place) => ShadowedStage | undefined,
    private readonly matching: MatchOutcomes,
    private readonly transactions: Transactions,
    private readonly days: Days,
    private readonly passing: Passing,
    private readonly wake: Wake,
    private readonly options: { readonly nowMs: () => number; readonly retentionMs: number },
  ) {}

  async judge(chunk: Chunk<OutcomeJoined>): Promise<void> {
    const concerned = new Map(chunk.records.flatMap((received) => this.concernedOf(received)));
    if (concerned.size === 0) return this.passing.passed(chunk);
    await this.days.ensure([...concerned.values()].map(({ event }) => event.servedAt));
    await this.transactions.once(chunk, async (store, fresh) => {
      await this.record(
        store,
        fresh.flatMap(({ record }) => concerned.get(record.offset) ?? []),
      );
    });
    this.wake();
  }

  private concernedOf({ event, record }: Received<OutcomeJoined>): [string, Concerned][] {
    const { rollout, attempt = 1, stage: number, metric, item = 0, revision, predictionId, servedAt } = event;
    if (rollout === undefined || number === undefined || event.state !== 'joined' || event.fallback) return [];
    const stage = this.stageOf({ rollout, attempt, stage: number });
    if (!stage || !Object.hasOwn(stage.truths, metric) || event.arm !== stage.stable) return [];
    const ageMs = this.options.nowMs() - Date.parse(servedAt);
    if (ageMs > this.options.retentionMs || ageMs < -86_400_000) return [];
    const place = { rollout, attempt, stage: number, predictionId, day: dayOf(servedAt) };
    const truth = event.reported ?? event.value;
    const outcome = { ...place, metric, item, revision, truth, stableWorth: event.value };
    return [[record.offset, { event, outcome, stage }]];
  }

  private async record(store: Store, all: readonly Concerned[]): Promise<void> {
    if (all.length === 0) return;
    const attempts = new Map(all.map(({ outcome, event: { model } }) => [attemptId(outcome), { ...outcome, model }]));
    const books = await store.lockBooks(
      [...attempts.values()].map(({ rollout, attempt, model }) => ({ rollout, attempt, model })),
    );
    const nowMs = await store.nowMs();
    const newest = await this.newestOf(store, all);
    if (newest.length === 0) return;
    await store.keepOutcomes(newest.map(({ outcome }) => outcome));
    const answers = byPrediction(await store.answers(newest.map(({ outcome }) => outcome)));
    for (const book of books) {
      const own = newest.filter(({ outcome }) => attemptId(outcome) === attemptId(book));
      await this.count(store, book, own, answers, nowMs);
    }
  }

  /** Those that nobody knows yet, each beside the revision that it takes the place of. */
  private async newestOf(store: Store, all: readonly Concerned[]): Promise<(Concerned & { previous?: KeptOutcome })[]> {
    const idOf = (outcome: KeptOutcome) => `${predictionKey(outcome)}/${outcome.item}/${outcome.metric}`;
    const known = new Map((await store.outcomes(all.map(({ outcome }) => outcome))).map((one) => [idOf(one), one]));
    const newest = new Map<string, Concerned & { previous?: KeptOutcome }>();
    for (const one of all) {
      const id = idOf(one.outcome);
      const previous = known.get(id);
      const held = newest.get(id)?.outcome ?? previous;
      if (!held || one.outcome.revision > held.revision) newest.set(id, { ...one, ...(previous && { previous }) });
    }
    return [...newest.values()];
  }

  private async count(
    store: Store,
    kept: KeptBook,
    newest: readonly (Concerned & { previous?: KeptOutcome })[],
    answers: ReadonlyMap<string, readonly KeptAnswers[]>,
    nowMs: number,
  ): Promise<void> {
    const profiles = await store.profiles(kept);
    const all = newest.flatMap(({ event, outcome, stage, previous }): Judged[] =>
      (answers.get(predictionKey(outcome)) ?? []).flatMap(({ shadow, answers: said }) => {
        const { step = 0, epoch, unit, context } = event;
        const segment = segmentOf(stage, { segment: event.segment, attributes: context });
        const admitted = admitSegment(profiles.get(profileId(stage.stage, shadow)) ?? emptyProfile(), segment) ?? null;
        const pair = { stable: stage.stable, shadow, unit };
        return judged({ ...pair, stage: stage.stage, step, epoch, segment: admitted }, outcome, previous, said);
      }),
    );
    if (all.length === 0) return;
    const names = new Set(all.flatMap(({ place: { unit } }) => (unit === undefined ? [] : [unitName(unit)])));
    const units = await store.units(kept, names);
    const windowMs = newest[0]?.stage.windowMs ?? 1_000;
    const matched = this.matching.matched(all);
    await countInto(store, kept, { nowMs, windowMs, binsOf: binsIn(profiles) }, units, (book) =>
      matched.count(book, nowMs),
    );
    await store.addCounts(matched.counts);
  }
}
