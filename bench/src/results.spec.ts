import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTrial, readResults, summarise, withTable, type Results } from './results';

const root = join(__dirname, '../..');
const marks = ['<!-- npm run bench -- table: begin -->', '<!-- npm run bench -- table: end -->'];

const noise = {
  visits: 2,
  quiet: 2,
  quietBelowCores: 0.3,
  foreignCoresMedian: 0,
  foreignCoresP90: 0,
  stealCoresMedian: 0,
};
const machine = {
  processor: 'P',
  cores: 2,
  memoryGb: 8,
  kernel: '6',
  node: '20',
  nginx: '1',
  measuredOn: '2026-01-01',
  noise,
};
const row = { row: 'latency', ratio: 1.5, must: 2, aim: 1, reached: 'must', pairs: 9, spread: [1, 2] } as const;

describe('the table', () => {
  it('of the README is that of the results', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    expect(readme).toBe(withTable(readme, readResults(root)));
  });

  it('stands between its marks and touches nothing else', () => {
    const results: Results = { machine, rows: [row], targets: [] };
    const text = withTable(`before\n${marks.join('\nold\n')}\nafter\n`, [results]);
    expect(text).toMatch(/^before\n/);
    expect(text).toMatch(/\nafter\n$/);
    expect(text).not.toContain('old');
    expect(text).toContain('| **1.5** (1 to 2) ms | 9 | 2 | 1 |');
    expect(withTable(text, [results])).toBe(text);
  });

  it('says so where no pair was quiet', () => {
    const results: Results = { machine, rows: [{ ...row, ratio: null, spread: null, pairs: 0 }], targets: [] };
    expect(withTable(marks.join(''), [results])).toContain('| no quiet pair | 0 |');
  });

  it('needs its marks', () => {
    expect(() => withTable('nothing', [])).toThrow('the README has no');
  });
});

describe('the summary of a target', () => {
  it('is the median of each figure over its visits', () => {
    const visit = (target: string, rps: number) => ({
      target,
      round: 1,
      figures: { rps },
      foreignCores: 0,
      stealCores: 0,
    });
    expect(summarise([visit('a', 1), visit('b', 9), visit('a', 3)])).toEqual([
      { target: 'a', visits: 2, figures: { rps: { median: 2, spread: [1, 3] } } },
      { target: 'b', visits: 1, figures: { rps: { median: 9, spread: [9, 9] } } },
    ]);
  });
});

it('keeps no trials', () => {
  const kept = [
    { command: 'router', rounds: 9, seconds: 1 },
    { command: 'memory', rounds: 1, seconds: 600 },
  ];
  expect(kept.map(isTrial)).toEqual([false, false]);
  expect(isTrial({ command: 'router', rounds: 8, seconds: 600 })).toBe(true);
  expect(isTrial({ command: 'memory', rounds: 9, seconds: 30 })).toBe(true);
});
