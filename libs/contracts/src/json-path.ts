// Places in a JSON body, as manifests name them.

export type JsonPathStep =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' };

export type JsonPath = readonly JsonPathStep[];

const stepForm =
  /\.(?<name>[^.[\]*'"\s]+)|\.(?<dotAll>\*)|\[(?<all>\*)\]|\[(?<index>\d+)\]|\[(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\]/y;

/** `$.choices[0].text`, `$.items[*].score`, `$['a b']`. Undefined where it is no path. */
export function readJsonPath(path: string): JsonPath | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: JsonPathStep[] = [];
  stepForm.lastIndex = 1;
  while (stepForm.lastIndex < path.length) {
    const groups = stepForm.exec(path)?.groups;
    if (!groups) return undefined;
    steps.push(stepOf(groups));
  }
  return steps;
}

function stepOf({ name, dotAll, all, index, single, double }: Record<string, string | undefined>): JsonPathStep {
  if (dotAll ?? all) return { kind: 'all' };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  return { kind: 'name', name: name ?? single ?? double ?? '' };
}

/** The keys of the record that the step leads to: none where there is no such place. */
export function keysAt(record: Readonly<Record<string, unknown>>, step: JsonPathStep): readonly string[] {
  if (step.kind === 'all') return Object.keys(record);
  const key = step.kind === 'name' ? step.name : String(step.index);
  return Object.hasOwn(record, key) && key !== '__proto__' ? [key] : [];
}
