// How many records in a row may be blamed before the handler is.
import { BugStreak } from './bug-streak';

const admitted = (streak: BugStreak, from: number, to: number): number[] => {
  const through: number[] = [];
  for (let offset = from; offset < to; offset += 1) {
    try {
      streak.admit(`0/${offset}`);
      through.push(offset);
    } catch {
      return through;
    }
  }
  return through;
};

it('lets twenty records in a row be buried, and one more at each further try', () => {
  const streak = new BugStreak();
  expect(admitted(streak, 0, 100)).toHaveLength(20);
  expect(admitted(streak, 0, 100)).toHaveLength(21);
  expect(admitted(streak, 0, 100)).toHaveLength(22);
});

it('begins anew when a record was handled', () => {
  const streak = new BugStreak();
  admitted(streak, 0, 30);
  streak.end();
  expect(admitted(streak, 30, 100)).toHaveLength(20);
});
