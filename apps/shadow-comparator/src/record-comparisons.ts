// Writes results down in one transaction: each prediction and shadow once, with all that it adds up to.
import { toRecord } from '@weir/bus';
import { asMade, predictionCompared } from '@weir/contracts';
import { countComparison } from './domain/count-comparison';
import { type Comparison } from './domain/comparison';
import { exemplarsOf, exemplarsPerKind, type Exemplar } from './domain/exemplar';
import { admitSegment, emptyProfile, observeItems, type Profile } from './domain/profile';
import { binsIn, profileId } from './domain/profile-bins';
import { periodAt, type Place, type ShadowedStage } from './domain/shadowed-stage';
import { unitName } from './domain/unit-sides';
import { attemptOf, countInto, source } from './keep-books';
import { type MatchOutcomes } from './match-outcomes';
import { attemptId, type KeptBook, type RolloutAttempt, type Store } from './ports';

const made = asMade(predictionCompared);

/** A stage by its place: whoever records has compared by it. */
export type StageOf = (place: Place) => ShadowedStage | undefined;

export class RecordComparisons {
  constructor(
    private readonly stageOf: StageOf,
    private readonly matching: MatchOutcomes,
  ) {}

  /** The number of results that were new. */
  async record(store: Store, all: readonly Comparison[]): Promise<number> {
    if (all.length === 0) return 0;
    const books = await store.lockBooks(attemptsOf(all));
    const nowMs = await store.nowMs();
    const fresh = await store.addComparisons(firstOfEach(all));
    if (fresh.length === 0) return 0;
    const told: Comparison[] = [];
    for (const book of books) {
      const own = fresh.filter(({ event }) => isOf(event, book));
      if (own.length > 0) told.push(...(await this.count(store, book, own, nowMs)));
    }
    await store.addTotals(told);
    await store.addLoads(told);
    await this.keepExemplars(store, told);
    // what was not in the sample says nothing; it is counted
    const said = told.filter(({ event }) => event.reason !== 'not-sampled');
    await store.publish(said.map(({ event }) => toRecord(made, event, { source })));
    return fresh.length;
  }

  private async count(
    store: Store,
    kept: KeptBook,
    comparisons: readonly Comparison[],
    nowMs: number,
  ): Promise<Comparison[]> {
    const units = await store.units(kept, unitsOf(comparisons));
    const profiles = await store.profiles(kept);
    const admitted = comparisons.map((comparison) => withSegment(comparison, profileFor(profiles, comparison)));
    const matched = await this.matching.ofComparisons(store, admitted);
    const windowMs = this.stage(admitted[0])?.windowMs ?? 1_000;
    await countInto(store, kept, { nowMs, windowMs, binsOf: binsIn(profiles) }, units, (book) => {
      for (const comparison of admitted) {
        const stage = this.stage(comparison);
        const { event, items } = comparison;
        const binned = observeItems(profileFor(profiles, comparison), event.segment, items);
        countComparison(book, comparison, stage ? periodAt(stage, nowMs) : 0, binned);
      }
      matched.count(book, nowMs);
    });
    await store.addCounts(matched.counts);
    await store.keepProfiles(kept, profiles);
    return admitted;
  }

  private async keepExemplars(store: Store, comparisons: readonly Comparison[]): Promise<void> {
    const byMost = new Map<number, Exemplar[]>();
    for (const comparison of comparisons) {
      const stage = comparison.material && this.stage(comparison);
      if (!stage) continue;
      const most = exemplarsPerKind(stage);
      const all = byMost.get(most) ?? [];
      byMost.set(most, all);
      all.push(...exemplarsOf(comparison, stage));
    }
    for (const [most, exemplars] of byMost) if (exemplars.length > 0) await store.addExemplars(exemplars, most);
  }

  private stage(comparison: Comparison | undefined): ShadowedStage | undefined {
    return comparison && this.stageOf({ ...attemptOf(comparison.event), stage: comparison.event.stage });
  }
}

function profileFor(profiles: Map<string, Profile>, { event: { stage, shadow } }: Comparison): Profile {
  const id = profileId(stage, shadow);
  const known = profiles.get(id) ?? emptyProfile();
  profiles.set(id, known);
  return known;
}

function withSegment(comparison: Comparison, profile: Profile): Comparison {
  const { segment } = comparison.event;
  const admitted = admitSegment(profile, segment);
  return admitted === segment ? comparison : { ...comparison, event: { ...comparison.event, segment: admitted } };
}

function attemptsOf(comparisons: readonly Comparison[]): (RolloutAttempt & { model: string })[] {
  const found = new Map<string, RolloutAttempt & { model: string }>();
  for (const { event } of comparisons) {
    const { rollout, attempt = 1, model } = event;
    const id = attemptId({ rollout, attempt });
    if (!found.has(id)) found.set(id, { rollout, attempt, model });
  }
  return [...found.values()];
}

/** The same prediction may be recorded twice in one chunk. */
function firstOfEach(comparisons: readonly Comparison[]): Comparison[] {
  const found = new Map<string, Comparison>();
  for (const one of comparisons) {
    const { predictionId, shadow, rollout, attempt = 1, stage } = one.event;
    const key = `${predictionId} ${shadow} ${attempt} ${stage} ${rollout}`;
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}

function unitsOf(comparisons: readonly Comparison[]): Set<string> {
  const found = new Set<string>();
  for (const { event } of comparisons)
    if (event.shadowStatus !== undefined && event.unit !== undefined) found.add(unitName(event.unit));
  return found;
}

function isOf({ rollout, attempt = 1 }: Comparison['event'], book: RolloutAttempt): boolean {
  return rollout === book.rollout && attempt === book.attempt;
}
