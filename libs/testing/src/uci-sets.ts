// Five public classification sets that lie beside the repository; where they do not, specs skip and say so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../../../../shared/datasets/uci-classification');

export const hasUciSets = existsSync(folder);

/** skip: columns before the features that are no features. */
export const uciSets = [
  { name: 'ecoli', labelFirst: false, skip: 1 },
  { name: 'letter-recognition', labelFirst: true, skip: 0 },
  { name: 'optdigits', labelFirst: false, skip: 0 },
  { name: 'pendigits', labelFirst: false, skip: 0 },
  { name: 'satimage', labelFirst: false, skip: 0 },
] as const;

export type UciSet = (typeof uciSets)[number];

export interface UciRow {
  readonly label: string;
  readonly features: readonly number[];
}

/** In the order of the file. */
export function readUciSet({ name, labelFirst, skip }: UciSet): UciRow[] {
  return readFileSync(join(folder, `${name}.data`), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = line
        .trim()
        .split(/[\s,]+/)
        .slice(skip);
      const label = (labelFirst ? cells.shift() : cells.pop()) ?? '';
      return { label, features: cells.map(Number) };
    });
}

/** The class whose mean is nearest, learnt from the last so many rows of each. */
export function nearestMean(rows: readonly UciRow[], atMost: number): (features: readonly number[]) => string {
  const means = [...uciClasses(rows, atMost)].map(([label, members]) => ({ label, mean: meanOf(members) }));
  return (features) => leastBy(means, ({ mean }) => distance(features, mean)).label;
}

/** The last so many rows of each class. */
export function uciClasses(rows: readonly UciRow[], atMost: number): Map<string, UciRow[]> {
  const found = new Map<string, UciRow[]>();
  for (const row of rows) found.set(row.label, [...(found.get(row.label) ?? []), row].slice(-atMost));
  return found;
}

export function meanOf(rows: readonly UciRow[]): number[] {
  return (rows[0]?.features ?? []).map(
    (_, i) => rows.reduce((sum, { features }) => sum + (features[i] ?? 0), 0) / rows.length,
  );
}

/** The first of those for which it is least; there must be one. */
export function leastBy<T>(all: readonly T[], of: (one: T) => number): T {
  return all.reduce((best, one) => (of(one) < of(best) ? one : best));
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + (x - (b[i] ?? 0)) ** 2, 0);
}
