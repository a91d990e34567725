// When a journal is spoken of.
import { journalWorry } from './journal-worry';

const well = { mode: 'disk', pendingBytes: 10, maxDiskBytes: 100, dropped: 0, droppedForMs: undefined } as const;

describe('journalWorry', () => {
  it('says nothing while all is well, or was lost long ago', () => {
    expect(journalWorry(well)).toBeUndefined();
    expect(journalWorry({ ...well, dropped: 3, droppedForMs: 600_000 })).toBeUndefined();
  });

  it('names losses, a disk that cannot be written, and a journal that fills', () => {
    expect(journalWorry({ ...well, mode: 'memory' })).toBe(
      'the disk cannot be written, what Kafka has not taken is in memory only',
    );
    expect(journalWorry({ ...well, pendingBytes: 51, dropped: 3, droppedForMs: 1 })).toBe(
      'records are lost, 3 so far; Kafka has not taken 51 of at most 100 bytes',
    );
  });
});
