// Units' states between transactions, as long as nobody else has changed them: reading and unpacking them would cost more than counting.
import { attemptId, type RolloutAttempt } from '../../ports';
import { type UnitSides } from './unit-text';

/** An attempt's units as they are at a version of its book. */
export interface KnownOfAttempt {
  readonly version: number;
  readonly units: UnitsOfLate;
}

/** The units of late, at least half and at most all of `most`: those that do not come again are forgotten. */
export class UnitsOfLate {
  private recent = new Map<string, UnitSides>();
  private before = new Map<string, UnitSides>();

  constructor(private readonly most: number) {}

  get(unit: string): UnitSides | undefined {
    const known = this.recent.get(unit);
    if (known) return known;
    const earlier = this.before.get(unit);
    if (earlier) this.set(unit, earlier);
    return earlier;
  }

  set(unit: string, sides: UnitSides): void {
    if (this.recent.size >= this.most / 2) {
      this.before = this.recent;
      this.recent = new Map();
    }
    this.recent.set(unit, sides);
  }
}

const mostAttempts = 20;

export class KnownUnits {
  private readonly byAttempt = new Map<string, KnownOfAttempt>();

  constructor(private readonly mostOfAttempt = 20_000) {}

  /** Taken out, for counting changes them: a transaction that fails does not bring them back, and the next one reads. */
  take(book: RolloutAttempt & { readonly version: number }): UnitsOfLate {
    const id = attemptId(book);
    const known = this.byAttempt.get(id);
    this.byAttempt.delete(id);
    return known?.version === book.version ? known.units : new UnitsOfLate(this.mostOfAttempt);
  }

  /** After the commit. */
  bringBack(attempt: RolloutAttempt, known: KnownOfAttempt): void {
    const id = attemptId(attempt);
    // another transaction may have been quicker: the greater version is the later
    if ((this.byAttempt.get(id)?.version ?? -1) > known.version) return;
    this.byAttempt.delete(id);
    this.byAttempt.set(id, known);
    const [oldest] = this.byAttempt.keys();
    if (this.byAttempt.size > mostAttempts && oldest !== undefined) this.byAttempt.delete(oldest);
  }
}
