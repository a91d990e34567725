// Places in a JSON body: read, and taken out.

type Step =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' };

export type JsonPath = readonly Step[];

const stepForm =
  /\.(?<name>[^.[\]*'"\s]+)|\.(?<dotAll>\*)|\[(?<all>\*)\]|\[(?<index>\d+)\]|\[(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\]/y;

/** `$.choices[0].text`, `$.items[*].score`, `$['a b']`. @throws Error where it is no path; contracts let none through. */
export function parsePath(path: string): JsonPath {
  const steps: Step[] = [];
  stepForm.lastIndex = 1;
  while (stepForm.lastIndex < path.length) {
    const groups = stepForm.exec(path)?.groups;
    if (!groups) throw new Error(`${path} is no JSON path`);
    steps.push(stepOf(groups));
  }
  return steps;
}

function stepOf({ name, dotAll, all, index, single, double }: Record<string, string | undefined>): Step {
  if (dotAll ?? all) return { kind: 'all' };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  return { kind: 'name', name: name ?? single ?? double ?? '' };
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

function keysAt(record: Record<string, unknown>, step: Step): readonly string[] {
  if (step.kind === 'all') return Object.keys(record);
  const key = step.kind === 'name' ? step.name : String(step.index);
  return Object.hasOwn(record, key) && key !== '__proto__' ? [key] : [];
}
