// Rankings: how much of the top both have, and how far they agree on its order.
import { type Output } from './decode-answer';
import { type Judged } from './judged';

export interface RankingBounds {
  readonly top: number;
  /** Least Kendall's tau. */
  readonly tau: number;
  /** Least share of the top that both have. */
  readonly overlap: number;
}

/** Each row is a ranking, best first: the least tau and overlap of the rows must keep the bounds; told are their means. */
export function compareRankings(stable: Output, shadow: Output, { top, tau, overlap }: RankingBounds): Judged {
  const [a, b] = [rowsOf(stable), rowsOf(shadow)];
  const rows = Array.from({ length: Math.max(a.length, b.length) }, (_, row) => {
    const [x, y] = [topOf(a[row] ?? [], top), topOf(b[row] ?? [], top)];
    return { tau: kendallTau(x, y), overlap: overlapOf(x, y) };
  });
  const differing = rows.filter((row) => row.tau < tau || row.overlap < overlap).length;
  const mean = (of: 'tau' | 'overlap') => rows.reduce((sum, row) => sum + row[of], 0) / Math.max(1, rows.length);
  return {
    rule: 'ranking',
    ...(differing > 0 && { difference: 'order' }),
    ...{ differing, items: rows.length },
    ...(rows.length > 0 && { tau: mean('tau'), overlap: mean('overlap') }),
  };
}

function rowsOf({ values, width, shape }: Output): unknown[][] {
  if (!shape || shape.length < 2) return [[...values]];
  return Array.from({ length: Math.ceil(values.length / width) }, (_, row) =>
    values.slice(row * width, (row + 1) * width),
  );
}

function topOf(row: readonly unknown[], top: number): string[] {
  return [...new Set(row.map((value) => JSON.stringify(value)))].slice(0, top);
}

/** Of what both have: concordant less discordant pairs, by all pairs; 1 where fewer than two are common. Nothing is tied. */
export function kendallTau(a: readonly string[], b: readonly string[]): number {
  const places = new Map(b.map((each, index) => [each, index]));
  const common = a.flatMap((each) => places.get(each) ?? []);
  const pairs = (common.length * (common.length - 1)) / 2;
  if (pairs === 0) return 1;
  let discordant = 0;
  for (let i = 0; i < common.length; i += 1)
    for (let j = i + 1; j < common.length; j += 1) if ((common[i] ?? 0) > (common[j] ?? 0)) discordant += 1;
  return 1 - (2 * discordant) / pairs;
}

/** Common ones by the longer list; 1 for two empty ones. */
export function overlapOf(a: readonly string[], b: readonly string[]): number {
  const longer = Math.max(a.length, b.length);
  if (longer === 0) return 1;
  const known = new Set(b);
  return a.filter((each) => known.has(each)).length / longer;
}
