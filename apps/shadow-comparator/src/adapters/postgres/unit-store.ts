// The units of books in Postgres: a row each, with every side of it, and in memory as long as nobody else has changed them.
import { type UnitState } from '@weir/stats';
import { type EntityManager } from 'typeorm';
import { unitSideId, unitSideOf } from '../../domain/unit-sides';
import { attemptId, type KeptBook, type RolloutAttempt } from '../../ports';
import * as sql from './comparator.sql';
import { type KnownUnits, type UnitsOfLate } from './known-units';
import { fromUnitText, RowNames, toUnitText, type UnitSides } from './unit-text';

interface Taken {
  readonly attempt: RolloutAttempt;
  readonly units: UnitsOfLate;
  version: number;
}

/** Of one transaction. */
export class UnitStore {
  private readonly taken = new Map<string, Taken>();

  constructor(
    private readonly tx: EntityManager,
    private readonly known: KnownUnits,
  ) {}

  async units(book: KeptBook, wanted: Iterable<string>): Promise<Map<string, UnitState>> {
    const { rollout, attempt, version } = book;
    const taken = this.taken.get(attemptId(book)) ?? {
      attempt: { rollout, attempt },
      version,
      units: this.known.take(book),
    };
    this.taken.set(attemptId(book), taken);
    const found = new Map<string, UnitState>();
    const missing: string[] = [];
    for (const unit of wanted) {
      const sides = taken.units.get(unit);
      if (sides) addSides(found, unit, sides);
      else missing.push(unit);
    }
    for (const [unit, sides] of await this.read(book, missing)) {
      taken.units.set(unit, sides);
      addSides(found, unit, sides);
    }
    return found;
  }

  async keep(book: KeptBook, changed: ReadonlyMap<string, UnitState>): Promise<void> {
    const taken = this.taken.get(attemptId(book));
    if (!taken || changed.size === 0) return;
    const rows = new Map<string, UnitSides>();
    for (const [id, state] of changed) {
      const { side, unit } = unitSideOf(id);
      const sides: UnitSides = rows.get(unit) ?? taken.units.get(unit) ?? new Map<string, UnitState>();
      sides.set(side, state);
      rows.set(unit, sides);
    }
    for (const [unit, sides] of rows) taken.units.set(unit, sides);
    const { rollout, attempt } = book;
    // JSON holds no line break, and lines need no escaping
    const names = new RowNames();
    const states = Array.from(rows.values(), (sides) => toUnitText(sides, names)).join('\n');
    await this.tx.query(sql.keepUnits, [rollout, attempt, [...rows.keys()], states]);
    taken.version = book.version + 1;
  }

  /** What this transaction knows is known to the next. */
  committed(): void {
    for (const { attempt, units, version } of this.taken.values()) this.known.bringBack(attempt, { version, units });
  }

  /** One for each that is wanted, without a side where it has no row yet. */
  private async read({ rollout, attempt }: RolloutAttempt, units: readonly string[]): Promise<Map<string, UnitSides>> {
    const found = new Map<string, UnitSides>();
    if (units.length === 0) return found;
    const rows = await this.tx.query<{ unit: string; state: string }[]>(sql.units, [rollout, attempt, units]);
    for (const { unit, state } of rows) found.set(unit, fromUnitText(state));
    for (const unit of units) if (!found.has(unit)) found.set(unit, new Map());
    return found;
  }
}

function addSides(found: Map<string, UnitState>, unit: string, sides: UnitSides): void {
  for (const [side, state] of sides) found.set(unitSideId({ side, unit }), state);
}
