// The books: when they agree nothing is said, and each way in which they can differ is named.
import fc from 'fast-check';
import { type Books, reconcile, sinceThen } from './reconcile';

const agreeing: Books = {
  predictions: { sent: 1_000, answered: 1_000, inKafka: 1_000, inCollector: 1_000 },
  outcomes: { sent: 970, joined: 950, late: 0, duplicate: 20, orphan: 0, pending: 0, rejected: 0 },
  sentAgain: 20,
  contradictions: [],
};

const withPredictions = (change: Partial<Books['predictions']>): Books => ({
  ...agreeing,
  predictions: { ...agreeing.predictions, ...change },
});
const withOutcomes = (change: Partial<Books['outcomes']>): Books => ({
  ...agreeing,
  outcomes: { ...agreeing.outcomes, ...change },
});
const names = (books: Books) => reconcile(books).map(({ name }) => name);

describe('reconcile', () => {
  it('finds nothing where all books agree', () => {
    expect(reconcile(agreeing)).toEqual([]);
  });

  it.each([
    ['a prediction that nobody answered', withPredictions({ answered: 999 }), ['predictions answered']],
    ['a prediction that Kafka does not have', withPredictions({ inKafka: 999 }), ['predictions in Kafka']],
    ['a prediction that the collector lost', withPredictions({ inCollector: 999 }), ['predictions in the collector']],
    ['a prediction counted twice', withPredictions({ inCollector: 1_001 }), ['predictions in the collector']],
    ['an outcome that was lost', withOutcomes({ joined: 949 }), ['outcomes accounted for']],
    ['an outcome that counted twice', withOutcomes({ joined: 951 }), ['outcomes accounted for']],
    [
      'a duplicate that was joined again',
      withOutcomes({ joined: 951, duplicate: 19 }),
      ['outcomes found to be duplicates'],
    ],
    ['an outcome that still waits', withOutcomes({ joined: 949, pending: 1 }), ['outcomes still pending']],
    ['an outcome whose prediction never came', withOutcomes({ joined: 949, orphan: 1 }), ['outcomes of no prediction']],
    [
      'a record that is not what the caller saw',
      { ...agreeing, contradictions: ['x'] },
      ['predictions recorded as callers saw them'],
    ],
  ])('names %s', (_what, books, expected) => {
    expect(names(books)).toEqual(expected);
  });

  it('takes a late outcome for what it is: accounted for', () => {
    expect(names(withOutcomes({ joined: 945, late: 5 }))).toEqual([]);
    expect(names(withOutcomes({ joined: 945, late: 5, duplicate: 19, rejected: 1 }))).toEqual([]);
  });

  it('says how many were expected and how many found', () => {
    expect(reconcile(withPredictions({ inKafka: 990 }))).toEqual([
      { name: 'predictions in Kafka', expected: 1_000, found: 990 },
    ]);
  });

  it('is not content with a run in which nothing was sent', () => {
    const nothing: Books = {
      predictions: { sent: 0, answered: 0, inKafka: 0, inCollector: 0 },
      outcomes: { sent: 0, joined: 0, late: 0, duplicate: 0, orphan: 0, pending: 0, rejected: 0 },
      sentAgain: 0,
      contradictions: [],
    };
    expect(names(nothing)).toEqual(['predictions sent at all']);
  });

  it('agrees exactly when all counts of predictions are one', () => {
    const count = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(count, count, count, count, (sent, answered, inKafka, inCollector) => {
        const same = sent === answered && sent === inKafka && sent === inCollector;
        return (reconcile(withPredictions({ sent, answered, inKafka, inCollector })).length === 0) === same;
      }),
      { seed: 1 },
    );
  });
});

describe('sinceThen', () => {
  it('counts what a second run on the same state added', () => {
    expect(sinceThen({ joined: 15, late: 2 }, { joined: 5, late: 2 })).toEqual({ joined: 10, late: 0 });
  });
});
