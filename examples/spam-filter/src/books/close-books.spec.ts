// Closing the books: what each says at the end, against a collector that takes its time.
import { CallerBook } from '../traffic/caller-book';
import { closeBooks, type OpenBooks } from './close-books';
import { type Tallies } from './collector-client';
import { reconcile } from './reconcile';

const outcomes = { joined: 0, late: 0, duplicate: 0, orphan: 0, pending: 0, rejected: 0 };
const before: Tallies = { predictions: 40, duplicatePredictions: 3, outcomes: { ...outcomes, joined: 39, orphan: 1 } };

function bookOf(count: number): CallerBook {
  const book = new CallerBook(true);
  for (let index = 0; index < count; index++) {
    const predictionId = `p-${index}`;
    book.noteSent(predictionId, index % 10 === 0 ? 'kafka' : 'http');
    if (index % 10 === 0) continue;
    const answer = { predictionId, status: 200, assigned: 'v2', answeredBy: 'v2', policyRevision: 1 };
    book.noteAnswer({ ...answer, attempts: 1, latencyMs: 1 }, 'ham');
  }
  return book;
}

function open(change: Partial<OpenBooks> = {}): OpenBooks {
  const readings: Tallies[] = [
    { ...before, predictions: 90 },
    { predictions: 140, duplicatePredictions: 3, outcomes: { ...outcomes, joined: 130, orphan: 1, pending: 6 } },
    { predictions: 140, duplicatePredictions: 3, outcomes: { ...outcomes, joined: 134, duplicate: 2, orphan: 1 } },
  ];
  return {
    model: 'spam-filter',
    caller: bookOf(100),
    collector: {
      tallies: () => Promise.resolve((readings.length > 1 ? readings.shift() : readings[0]) as Tallies),
      prediction: () => Promise.resolve({ prediction: { arm: 'v2' } }),
    },
    kafka: { find: (wanted) => Promise.resolve(new Map([...wanted].map((id) => [id, { arm: 'v2', status: 200 }]))) },
    before,
    outcomesSent: 97,
    outcomesSentAgain: 2,
    ...change,
  };
}

describe('closeBooks', () => {
  it('waits until nothing is pending and counts what this run added', async () => {
    const books = await closeBooks(open());
    expect(books).toMatchObject({
      predictions: { sent: 100, answered: 100, inKafka: 100, inCollector: 100 },
      outcomes: { sent: 97, joined: 95, duplicate: 2, orphan: 0, pending: 0 },
      contradictions: [],
    });
    expect(reconcile(books)).toEqual([]);
  });

  it('takes a prediction asked for over Kafka as answered only where its record says so', async () => {
    const failed = { arm: 'v2', status: 504 };
    const kafka: OpenBooks['kafka'] = {
      find: (wanted) =>
        Promise.resolve(new Map([...wanted].map((id) => [id, id === 'p-10' ? failed : { arm: 'v2', status: 200 }]))),
    };
    const books = await closeBooks(open({ kafka }));
    expect(books.predictions.answered).toBe(99);
  });

  it('finds a prediction that is recorded otherwise than the caller saw it', async () => {
    const { collector } = open();
    const books = await closeBooks(
      open({ collector: { ...collector, prediction: () => Promise.resolve({ prediction: { arm: 'v1' } }) } }),
    );
    expect(books.contradictions.length).toBeGreaterThan(0);
    expect(books.contradictions[0]).toMatch(/the caller saw v2, Kafka has v2, the collector v1/);
  });
});
