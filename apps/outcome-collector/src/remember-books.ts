// What this process counted last of each rollout. It stands where nobody has counted since: then the database need not be asked.
import { type UnitState } from '@weir/stats';
import { attemptId, type RolloutAttempt } from './domain/decision';
import { type RolloutClock, type WindowRow } from './ports';

export interface RememberedBook {
  /** What the clock's row was left with. A transaction that was not committed leaves another one there. */
  readonly token: string;
  /** Of the open window. */
  readonly rows: readonly WindowRow[];
  /** Some of the units; nothing is known of the others. */
  readonly units: Map<string, UnitState>;
}

export class RememberBooks {
  /** By attempt, the one counted longest ago first. */
  private readonly books = new Map<string, RememberedBook>();
  private total = 0;

  /** A unit takes up about 2 KB. */
  constructor(private readonly mostUnits = 30_000) {}

  /** Under the clock's lock. Whoever takes a book changes it: it is there again when it has been kept. */
  take(clock: RolloutClock): RememberedBook | undefined {
    const book = this.drop(attemptId(clock));
    return book?.token === clock.token ? book : undefined;
  }

  /** Still under the lock. Units named last are kept longest. */
  keep(attempt: RolloutAttempt, book: RememberedBook): void {
    const id = attemptId(attempt);
    this.drop(id);
    this.books.set(id, book);
    this.total += book.units.size;
    for (const [other] of this.books) {
      if (this.total <= this.mostUnits || other === id) break;
      this.drop(other);
    }
    for (const unit of book.units.keys()) {
      if (this.total <= this.mostUnits) break;
      book.units.delete(unit);
      this.total -= 1;
    }
  }

  private drop(id: string): RememberedBook | undefined {
    const book = this.books.get(id);
    if (!book) return undefined;
    this.books.delete(id);
    this.total -= book.units.size;
    return book;
  }
}
