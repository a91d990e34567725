// Paths of a body whose values must not leave the router.
import { keysAt, readJsonPath, type JsonPath } from '@weir/contracts';

/** Replaces what the paths name by null, in place, and gives the value back. */
export type Redaction = (value: unknown) => unknown;

/**
 * `$.inputs[*].data`, `$['a b'][0].*`. Undefined when there is nothing to redact; 'unreadable' when a path cannot be read:
 * then nothing of the body may be kept, for nobody knows what was meant to be hidden.
 */
export function compileRedaction(paths: readonly string[]): Redaction | undefined | 'unreadable' {
  if (paths.length === 0) return undefined;
  const compiled = paths.map(readJsonPath);
  if (compiled.some((steps) => steps === undefined)) return 'unreadable';
  return (value) => compiled.reduce((current, steps) => redact(current, steps ?? []), value);
}

function redact(value: unknown, [step, ...rest]: JsonPath): unknown {
  if (!step) return null;
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  for (const key of keysAt(record, step)) record[key] = redact(record[key], rest);
  return value;
}
