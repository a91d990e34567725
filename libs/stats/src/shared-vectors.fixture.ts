// Reference values that lie beside this repository; where they are not, specs skip and say so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const room = join(__dirname, '../../../../shared');

export interface Vector<Inputs, Expected> {
  readonly id: string;
  readonly inputs: Inputs;
  readonly expected: Expected;
  readonly abs_tol: number;
  readonly notes?: string;
}

export function readShared<T>(file: string): T | null {
  const path = join(room, file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null;
}

/** The vectors of a file whose id begins so. */
export function vectors<Inputs, Expected>(file: string, prefix: string): readonly Vector<Inputs, Expected>[] {
  const found = readShared<{ vectors: Vector<Inputs, Expected>[] }>(`golden/${file}.json`);
  return (found?.vectors ?? []).filter(
    ({ id, notes }) => id.startsWith(prefix) && !/peer convention/i.test(notes ?? ''),
  );
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
