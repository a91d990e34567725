// Writes results down in one transaction: each prediction and shadow once, with all that it adds up to.
import { toRecord } from '@weir/bus';
import { evidence, predictionCompared, type Evidence } from '@weir/contracts';
import { openBook, type UnitState } from '@weir/stats';
import { countComparison } from './domain/count-comparison';
import { type Comparison } from './domain/comparison';
import { evidenceOf, windowAt } from './domain/evidence-window';
import { exemplarsOf, exemplarsPerKind } from './domain/exemplar';
import { periodAt, type Place, type ShadowedStage } from './domain/shadowed-stage';
import { attemptId, type KeptBook, type RolloutAttempt, type Store } from './ports';

export const source = 'shadow-comparator';

/** A stage by its place: whoever records has compared by it. */
export type StageOf = (place: Place) => ShadowedStage | undefined;

export class RecordComparisons {
  constructor(private readonly stageOf: StageOf) {}

  /** The number of results that were new. */
  async record(store: Store, all: readonly Comparison[]): Promise<number> {
    if (all.length === 0) return 0;
    const books = await store.lockBooks(attemptsOf(all));
    const nowMs = await store.nowMs();
    const fresh = await store.addComparisons(firstOfEach(all));
    if (fresh.length === 0) return 0;
    const units = await store.units(unitsOf(fresh));
    for (const book of books) {
      const own = fresh.filter(({ event }) => attemptId(attemptOf(event)) === attemptId(book));
      if (own.length > 0) await this.count(store, book, own, nowMs, units.get(attemptId(book)) ?? []);
    }
    await store.addTotals(fresh);
    await this.keepExemplars(store, fresh);
    // what was not in the sample says nothing; it is counted
    const told = fresh.filter(({ event }) => event.reason !== 'not-sampled');
    await store.publish(told.map(({ event }) => toRecord(predictionCompared, event, { source })));
    return fresh.length;
  }

  private async count(
    store: Store,
    kept: KeptBook,
    comparisons: readonly Comparison[],
    nowMs: number,
    units: readonly (readonly [string, UnitState])[],
  ): Promise<void> {
    const windowMs = this.stage(comparisons[0])?.windowMs ?? 1_000;
    // a window without rows was closed: whatever the clock says, what is counted now belongs to a later one
    const leastMs = kept.rows.length === 0 ? (kept.window?.toMs ?? 0) : 0;
    const window = windowAt(Math.max(nowMs, leastMs), windowMs, kept.window);
    const goesOn = window.index === kept.window?.index;
    const book = openBook(units, goesOn ? kept.rows : []);
    for (const comparison of comparisons) {
      const stage = this.stage(comparison);
      countComparison(book, comparison, stage ? periodAt(stage, nowMs) : 0);
    }
    if (!goesOn && kept.window) await store.publish(announce(evidenceOf(kept, kept.window, kept.rows)));
    await store.keepUnits(
      [...book.touchedUnits].flatMap((unit) => {
        const state = book.units.get(unit);
        return state ? [{ ...attemptOf(kept), unit, state }] : [];
      }),
    );
    await store.keepBooks([{ ...kept, window, rows: [...book.rows.values()] }]);
  }

  private async keepExemplars(store: Store, comparisons: readonly Comparison[]): Promise<void> {
    const byMost = new Map<number, Comparison[]>();
    for (const comparison of comparisons) {
      const stage = this.stage(comparison);
      const most = stage ? exemplarsPerKind(stage) : 0;
      if (most > 0) byMost.set(most, [...(byMost.get(most) ?? []), comparison]);
    }
    for (const [most, some] of byMost) {
      const exemplars = some.flatMap((one) => {
        const stage = this.stage(one);
        return stage ? exemplarsOf(one, stage) : [];
      });
      if (exemplars.length > 0) await store.addExemplars(exemplars, most);
    }
  }

  private stage(comparison: Comparison | undefined): ShadowedStage | undefined {
    return comparison && this.stageOf({ ...attemptOf(comparison.event), stage: comparison.event.stage });
  }
}

export function announce(rows: readonly Evidence[]): ReturnType<typeof toRecord>[] {
  return rows.map((row) => toRecord(evidence, row, { source }));
}

function attemptOf({ rollout, attempt = 1 }: { rollout: string; attempt?: number | undefined }): RolloutAttempt {
  return { rollout, attempt };
}

function attemptsOf(comparisons: readonly Comparison[]): (RolloutAttempt & { model: string })[] {
  const found = new Map(
    comparisons.map(({ event }) => [attemptId(attemptOf(event)), { ...attemptOf(event), model: event.model }]),
  );
  return [...found.values()];
}

/** The same prediction may be recorded twice in one chunk. */
function firstOfEach(comparisons: readonly Comparison[]): Comparison[] {
  const found = new Map<string, Comparison>();
  for (const one of comparisons) {
    const { predictionId, shadow, rollout, attempt = 1, stage } = one.event;
    const key = JSON.stringify([predictionId, shadow, rollout, attempt, stage]);
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}

/** A unit counts for itself in each version of each pair. */
function unitsOf(comparisons: readonly Comparison[]): (RolloutAttempt & { unit: string })[] {
  const found = new Map<string, RolloutAttempt & { unit: string }>();
  for (const { event } of comparisons) {
    const { unit, stable, shadow } = event;
    if (unit === undefined || event.shadowStatus === undefined) continue;
    for (const name of [`${shadow} beside ${stable} ${unit}`, `${stable} beside ${shadow} ${unit}`])
      found.set(`${attemptId(attemptOf(event))} ${name}`, { ...attemptOf(event), unit: name });
  }
  return [...found.values()];
}
