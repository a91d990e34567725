// Publishes windows that are over, and that nothing was counted into since.
import { type Evidence } from '@weir/contracts';
import { evidenceOf } from './domain/evidence-window';
import { binsIn } from './domain/profile-bins';
import { type Transactions, type Wake } from './ports';
import { announce } from './keep-books';

const booksAtOnce = 50;

export class PublishEvidence {
  constructor(
    private readonly transactions: Transactions,
    private readonly wake: Wake,
  ) {}

  /** One pass; the number of rows published. */
  async sweep(): Promise<number> {
    const count = await this.transactions.run(async (store) => {
      const books = await store.lockOver(booksAtOnce);
      if (books.length === 0) return 0;
      const rows: Evidence[] = [];
      for (const book of books) {
        const binned = book.rows.some(({ sums }) => sums.histogram !== undefined);
        const binsOf = binsIn(binned ? await store.profiles(book) : new Map());
        if (book.window) rows.push(...evidenceOf(book, book.window, book.rows, binsOf));
      }
      await store.publish(announce(rows));
      // the window stays as the one before: the next begins where it ended
      await store.keepBooks(books.map((book) => ({ ...book, rows: [] })));
      return rows.length;
    });
    if (count > 0) this.wake();
    return count;
  }
}
