// Places in a JSON body: read, and taken out.
import { keysAt, readJsonPath, type JsonPath } from '@weir/contracts';

export { type JsonPath };

/** @throws Error where it is no path; contracts let none through. */
export function parsePath(path: string): JsonPath {
  const steps = readJsonPath(path);
  if (!steps) throw new Error(`${path} is no JSON path`);
  return steps;
}

/** Everything that stands there, in order: nothing where the body has no such place. */
export function valuesAt(value: unknown, [step, ...rest]: JsonPath): unknown[] {
  if (!step) return [value];
  if (typeof value !== 'object' || value === null) return [];
  const record = value as Record<string, unknown>;
  return keysAt(record, step).flatMap((key) => valuesAt(record[key], rest));
}

export function hasMany(path: JsonPath): boolean {
  return path.some(({ kind }) => kind === 'all');
}

/** A copy with null in each of these places; what is not on the way to them is the same object. */
export function without(value: unknown, paths: readonly JsonPath[]): unknown {
  return paths.reduce<unknown>((current, path) => replaceAt(current, path), value);
}

function replaceAt(value: unknown, [step, ...rest]: JsonPath): unknown {
  if (!step) return null;
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as Record<string, unknown>) };
  const record = copy as Record<string, unknown>;
  for (const key of keysAt(record, step)) record[key] = replaceAt(record[key], rest);
  return copy;
}
