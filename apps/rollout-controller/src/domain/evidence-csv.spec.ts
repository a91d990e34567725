// Evidence as CSV.
import { buildEvidence } from '@weir/testing';
import { csvHeader, csvLine } from './evidence-csv';

function cellsOf(changes: Parameters<typeof buildEvidence>[0]): Record<string, string> {
  const cells = csvLine(buildEvidence(changes)).trimEnd().split(',');
  return Object.fromEntries(
    csvHeader
      .trimEnd()
      .split(',')
      .map((name, at) => [name, cells[at] ?? 'missing']),
  );
}

describe('a line', () => {
  it('has a cell for each column, numbers as they are and nothing where there is none', () => {
    const cells = cellsOf({ arm: 'v2', n: 3, sum: 0.1, segment: null, weights: { v2: 1_000, v1: 9_000 } });
    expect(cells).toMatchObject({ arm: 'v2', n: '3', sum: '0.1', segment: '', weightsBps: 'v1=9000 v2=1000' });
    expect(Object.values(cells)).not.toContain('missing');
    expect(csvLine(buildEvidence({})).endsWith('\r\n')).toBe(true);
  });

  it('tells histograms as pairs', () => {
    const once = { n: 0, sum: 0, histogram: { 12: 3, '-1': 1 } };
    expect(cellsOf({ metric: 'latency', once })['once.histogram']).toBe('-1=1 12=3');
  });

  it('quotes what would break a line, and disarms what a spreadsheet would compute', () => {
    expect(csvLine(buildEvidence({ segment: 'a "b", c' }))).toContain(',"a ""b"", c",');
    expect(csvLine(buildEvidence({ segment: 'two\nlines' }))).toContain(',"two\nlines",');
    for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)'])
      expect(cellsOf({ segment: formula })['segment']).toBe(`'${formula}`);
  });
});
