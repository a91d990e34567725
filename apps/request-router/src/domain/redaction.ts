// Paths of a body whose values must not leave the router.

type Step =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' };

/** Replaces what the paths name by null, in place, and gives the value back. */
export type Redaction = (value: unknown) => unknown;

/**
 * `$.inputs[*].data`, `$['a b'][0].*`. Undefined when there is nothing to redact; 'unreadable' when a path cannot be read:
 * then nothing of the body may be kept, for nobody knows what was meant to be hidden.
 */
export function compileRedaction(paths: readonly string[]): Redaction | undefined | 'unreadable' {
  if (paths.length === 0) return undefined;
  const compiled = paths.map(parsePath);
  if (compiled.some((steps) => steps === undefined)) return 'unreadable';
  return (value) => compiled.reduce((current, steps) => redact(current, steps ?? []), value);
}

const stepForm =
  /\.(?<name>[^.[\]*'"\s]+)|\.(?<dotAll>\*)|\[(?<all>\*)\]|\[(?<index>\d+)\]|\[(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\]/y;

function parsePath(path: string): readonly Step[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: Step[] = [];
  stepForm.lastIndex = 1;
  while (stepForm.lastIndex < path.length) {
    const groups = stepForm.exec(path)?.groups;
    if (!groups) return undefined;
    steps.push(stepOf(groups));
  }
  return steps;
}

function stepOf({ name, dotAll, all, index, single, double }: Record<string, string | undefined>): Step {
  if (dotAll ?? all) return { kind: 'all' };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  return { kind: 'name', name: name ?? single ?? double ?? '' };
}

function redact(value: unknown, [step, ...rest]: readonly Step[]): unknown {
  if (!step) return null;
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  for (const key of keysAt(record, step)) record[key] = redact(record[key], rest);
  return value;
}

function keysAt(record: Record<string, unknown>, step: Step): readonly string[] {
  if (step.kind === 'all') return Object.keys(record);
  const key = step.kind === 'name' ? step.name : String(step.index);
  return Object.hasOwn(record, key) && key !== '__proto__' ? [key] : [];
}
