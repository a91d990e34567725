// Counts records into the open windows of their rollouts. One transaction at a time per rollout.
import { openBook, rowId, type Past, type UnitState } from '@weir/stats';
import {
  attemptId,
  attemptOf,
  inRollout,
  type Decision,
  type RolloutAttempt,
  type RolloutDecision,
} from './domain/decision';
import { windowAt } from './domain/evidence-window';
import { type Metrics } from './domain/metrics';
import { OpenBooks, type CountingStore, type OpenRollout } from './open-books';
import { PastsOfUnits } from './pasts-of-units';
import { type RolloutClock, type WindowRow } from './ports';
import { type RememberBooks, type RememberedBook } from './remember-books';

type Units = Map<string, UnitState>;

export class CountEvidence {
  constructor(
    /** Open windows are published at most this often; the sweep publishes the rest. */
    private readonly publishEveryMs: number,
    private readonly remembered: RememberBooks,
  ) {}

  /** Locks the rollouts of these decisions. What must be read under the lock is read after this. */
  async open(store: CountingStore, decisions: readonly Decision[], metrics: Metrics): Promise<OpenBooks> {
    const taking = decisions.filter(inRollout);
    const wanted = new Map(
      taking.map((decision) => [attemptId(attemptOf(decision)), { ...attemptOf(decision), model: decision.model }]),
    );
    const locked = await store.lockRollouts([...wanted.values()]);
    const nowMs = await store.nowMs();
    const known = new Map(locked.map((clock) => [attemptId(clock), this.remembered.take(clock)]));
    const rows = await store.windowRows(locked.filter((clock) => !known.get(attemptId(clock))));
    const units = await unitsOf(store, taking, known);
    const pasts = new PastsOfUnits(store, metrics);
    const clocks = await pasts.read(locked, taking, units);
    const books = new Map(
      clocks.map((clock) => {
        const id = attemptId(clock);
        const kept = known.get(id) ?? { rows: rows.get(id) ?? [], units: new Map<string, UnitState>() };
        return [id, openRollout(clock, nowMs, kept, units.get(id) ?? [], pasts.of(id))];
      }),
    );
    const { publishEveryMs, remembered } = this;
    return new OpenBooks(store, nowMs, books, pasts, { publishEveryMs, remembered });
  }
}

function openRollout(
  clock: RolloutClock,
  nowMs: number,
  kept: { readonly rows: readonly WindowRow[]; readonly units: Units },
  units: Iterable<readonly [string, UnitState]>,
  pasts: ReadonlyMap<string, Past>,
): OpenRollout {
  const window = windowAt(nowMs, clock.windowMs, clock.window);
  const goesOn = window.index === clock.window?.index;
  const open = goesOn ? kept.rows : [];
  return {
    ...{ clock, window, over: goesOn ? [] : kept.rows, remembered: kept.units, segments: [...(clock.segments ?? [])] },
    before: new Map(open.map((row) => [rowId(row.key), row])),
    book: openBook(
      units,
      open.map(({ key, sums }) => ({ key, sums })),
      pasts,
    ),
  };
}

/** By attemptId, the units that have a state: remembered, else read. */
async function unitsOf(
  store: CountingStore,
  decisions: readonly RolloutDecision[],
  known: ReadonlyMap<string, RememberedBook | undefined>,
): Promise<ReadonlyMap<string, Units>> {
  const found = new Map<string, Units>();
  const unknown = new Map<string, RolloutAttempt & { unit: string }>();
  for (const decision of decisions) {
    const { unit } = decision;
    if (unit === undefined) continue;
    const attempt = attemptOf(decision);
    const id = attemptId(attempt);
    const state = known.get(id)?.units.get(unit);
    if (state) unitsIn(found, id).set(unit, state);
    else unknown.set(`${id} ${unit}`, { ...attempt, unit });
  }
  for (const [id, units] of await store.units([...unknown.values()]))
    for (const [unit, state] of units) unitsIn(found, id).set(unit, state);
  return found;
}

function unitsIn(found: Map<string, Units>, id: string): Units {
  const units = found.get(id) ?? new Map<string, UnitState>();
  found.set(id, units);
  return units;
}
