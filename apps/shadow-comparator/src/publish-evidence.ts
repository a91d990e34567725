// Publishes windows that are over, and that nothing was counted into since.
import { evidenceOf } from './domain/evidence-window';
import { type Transactions, type Wake } from './ports';
import { announce } from './record-comparisons';

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
      const rows = books.flatMap((book) => (book.window ? evidenceOf(book, book.window, book.rows) : []));
      if (books.length === 0) return 0;
      await store.publish(announce(rows));
      // the window stays as the one before: the next begins where it ended
      await store.keepBooks(books.map((book) => ({ ...book, rows: [] })));
      return rows.length;
    });
    if (count > 0) this.wake();
    return count;
  }
}
