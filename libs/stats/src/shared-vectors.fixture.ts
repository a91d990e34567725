// Reference values that lie beside this repository; where they are not, specs skip and say so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Calculated } from './calculated';
import { type MeanArm, type ProportionArm } from './compared-arms';

/** Beside the repository. */
export const sharedFolder = join(__dirname, '../../../../shared');

export interface Vector<Inputs, Expected> {
  readonly id: string;
  readonly inputs: Inputs;
  readonly expected: Expected;
  readonly abs_tol: number;
  readonly notes?: string;
}

export function readShared<T>(file: string): T | null {
  const path = join(sharedFolder, file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null;
}

/** Whether an id begins so, or with `=` before it is that. */
export function isNamed(id: string, prefix: string): boolean {
  return prefix.startsWith('=') ? id === prefix.slice(1) : id.startsWith(prefix);
}

/** Vectors that document what a peer does, and not what is right. */
export function isTarget({ notes }: { readonly notes?: string }): boolean {
  return !/peer convention/i.test(notes ?? '');
}

/** The vectors of a file whose id begins so. */
export function vectors<Inputs, Expected>(file: string, prefix: string): readonly Vector<Inputs, Expected>[] {
  const found = readShared<{ vectors: Vector<Inputs, Expected>[] }>(`golden/${file}.json`);
  return (found?.vectors ?? []).filter((vector) => isNamed(vector.id, prefix) && isTarget(vector));
}

/** A test for each vector by its id, or a skipped one that says why. */
export function eachVector<Inputs, Expected>(
  file: string,
  prefix: string,
  expectVector: (vector: Vector<Inputs, Expected>) => void,
): void {
  const found = vectors<Inputs, Expected>(file, prefix);
  const id = `${prefix} (skipped: ../shared/golden/${file}.json is not here)`;
  const absent = [[id, undefined] as const];
  const present = found.map((vector) => [vector.id, vector] as const);
  (found.length > 0 ? it.each(present) : it.skip.each(absent))('%s', (_, vector) => {
    if (vector) expectVector(vector);
  });
}

export function answerOf<T>(calculated: Calculated<T>): T {
  if (!calculated.ok) throw new Error(`${calculated.field} ${calculated.message}`);
  return calculated.answer;
}

export function expectWithin(found: number | null | undefined, expected: number, tolerance: number): void {
  expect(Math.abs((found ?? NaN) - expected)).toBeLessThanOrEqual(tolerance);
}

/** An arm as peers publish it: without squares a proportion. */
export interface Sums {
  readonly sum: number;
  readonly sum_squares?: number;
  readonly n: number;
}

export function armOfSums(name: string, { sum, sum_squares, n }: Sums): MeanArm | ProportionArm {
  if (sum_squares === undefined) return { name, n, successes: sum };
  return { name, n, mean: sum / n, variance: (sum_squares - (sum * sum) / n) / (n - 1) };
}
