// What metrics need of an answer: a few named outputs, one value per item, instead of the whole body.
import { type Captured, type Metric } from '@weir/contracts';

type Scalar = string | number | boolean;

/** By name: the value for each item of the prediction, in order; null where an item has no single value. */
export type Outputs = Readonly<Record<string, readonly (Scalar | null)[]>>;

/** The outputs that a model's metrics name, from a captured answer. Nothing where the body was not captured. */
export function outputsOf(response: Captured | undefined, metrics: Readonly<Record<string, Metric>>): Outputs {
  if (response?.kind !== 'json') return {};
  const found: Record<string, readonly (Scalar | null)[]> = {};
  for (const metric of Object.values(metrics)) {
    if (metric.type !== 'truth' && metric.type !== 'output') continue;
    const source = outputSource(metric);
    const values = source.startsWith('$') ? valueAt(response.body, source) : namedOutput(response.body, source);
    if (values) found[source] = values;
  }
  return found;
}

/** Where a metric reads: an output's name, or a JSON path beginning with `$`. */
export function outputSource(metric: Extract<Metric, { type: 'truth' | 'output' }>): string {
  return (metric.type === 'output' ? (metric.output ?? metric.from) : metric.output) ?? '';
}

function namedOutput(body: unknown, name: string): (Scalar | null)[] | undefined {
  const outputs = field(body, 'outputs');
  if (!Array.isArray(outputs)) return undefined;
  const output: unknown = outputs.find((candidate: unknown) => field(candidate, 'name') === name);
  const data = field(output, 'data');
  return Array.isArray(data) ? perItem(data, field(output, 'shape')) : undefined;
}

/** Data may be flat (row-major, cut by the first dimension of the shape) or nested by item. */
function perItem(data: readonly unknown[], shape: unknown): (Scalar | null)[] {
  const items = Array.isArray(shape) && typeof shape[0] === 'number' ? shape[0] : data.length;
  if (items === data.length) return data.map(single);
  // flat with several values an item: no item has a single value; or one item nested in brackets of its own
  return Array.from({ length: Math.min(Math.max(items, 0), data.length) }, () => null);
}

function single(value: unknown): Scalar | null {
  if (Array.isArray(value)) return value.length === 1 ? single(value[0]) : null;
  return typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
    ? value
    : null;
}

/** `$.usage.total_tokens`, `$.choices[0].text`: one value, of item 0. */
function valueAt(body: unknown, path: string): (Scalar | null)[] | undefined {
  const steps = path.slice(1).match(/[^.[\]]+/g) ?? [];
  const value = steps.reduce<unknown>(
    (at, step) => (Array.isArray(at) ? (at as unknown[])[Number(step)] : field(at, step)),
    body,
  );
  return value === undefined ? undefined : [single(value)];
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
