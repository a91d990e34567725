// Reference values that lie beside this repository; where they are not, specs skip and say so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const sharedRoom = join(__dirname, '../../../../shared');

export interface Vector<Inputs, Expected> {
  readonly id: string;
  readonly inputs: Inputs;
  readonly expected: Expected;
  readonly abs_tol: number;
}

/** A test for each vector of a file whose id begins so, or a skipped one that says why. */
export function eachVector<Inputs, Expected>(
  file: string,
  prefix: string,
  expectVector: (vector: Vector<Inputs, Expected>) => void,
): void {
  const path = join(sharedRoom, 'golden', `${file}.json`);
  const all = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector<Inputs, Expected>[] }).vectors
    : [];
  const present = all.filter(({ id }) => id.startsWith(prefix)).map((vector) => [vector.id, vector] as const);
  const absent = [[`${prefix} (skipped: ../shared/golden/${file}.json is not here)`, undefined] as const];
  (present.length > 0 ? it.each(present) : it.skip.each(absent))('%s', (_, vector) => {
    if (vector) expectVector(vector);
  });
}

export function expectWithin(found: number | null | undefined, expected: number, tolerance: number): void {
  expect(Math.abs((found ?? NaN) - expected)).toBeLessThanOrEqual(tolerance);
}

export function expectAllWithin(found: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(found).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) expectWithin(found[index], value, tolerance);
}
