// An answer as what can be compared: outputs by name, each a row of values with its shape.
import { hasMany, parsePath, valuesAt } from './json-path';

export interface Output {
  /** As the answer names it (FP32, BYTES); undefined for a place in JSON. */
  readonly datatype: string | undefined;
  /** Undefined where the answer states none. */
  readonly shape: readonly number[] | undefined;
  /** Row by row, brackets taken away. */
  readonly values: readonly unknown[];
  /** How many of the values belong to one item. */
  readonly width: number;
}

export type Outputs = ReadonlyMap<string, Output>;

export type Protocol = 'open-inference' | 'raw';

/** The JSON of a body, NaN and infinities included, which some servers write though JSON has none; undefined where it is none. */
export function readJson(text: string): { readonly body: unknown } | undefined {
  try {
    return { body: JSON.parse(text) as unknown };
  } catch {
    return readLenient(text);
  }
}

const bareOrString = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;
const mark = '\u0000number:';

function readLenient(text: string): { readonly body: unknown } | undefined {
  if (!/NaN|Infinity/.test(text)) return undefined;
  const marked = text.replace(bareOrString, (token) =>
    token.startsWith('"') ? token : JSON.stringify(`${mark}${token}`),
  );
  try {
    const revive = (_: string, value: unknown): unknown =>
      typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(mark.length)) : value;
    return { body: JSON.parse(marked, revive) as unknown };
  } catch {
    return undefined;
  }
}

/** Is it what the protocol promises of an answer? */
export function isAnswer(body: unknown, protocol: Protocol): boolean {
  if (protocol === 'raw') return true;
  const outputs = field(body, 'outputs');
  return Array.isArray(outputs) && outputs.every((output) => typeof field(output, 'name') === 'string');
}

/** All that an answer has: the named outputs, or of raw JSON its fields as places `$.field`; and the places that rules name. */
export function decodeAnswer(body: unknown, protocol: Protocol, places: Iterable<string>): Outputs {
  const found = new Map<string, Output>(protocol === 'raw' ? fieldsOf(body) : tensorsOf(body));
  for (const place of places) {
    if (!place.startsWith('$')) continue;
    const output = outputAt(body, place);
    if (output) found.set(place, output);
  }
  return found;
}

function tensorsOf(body: unknown): [string, Output][] {
  const outputs = field(body, 'outputs');
  if (!Array.isArray(outputs)) return [];
  return (outputs as unknown[]).flatMap((output): [string, Output][] => {
    const name = field(output, 'name');
    return typeof name === 'string' ? [[name, tensorOf(output)]] : [];
  });
}

function tensorOf(output: unknown): Output {
  const datatype = field(output, 'datatype');
  const stated = field(output, 'shape');
  const shape =
    Array.isArray(stated) && stated.every((size) => Number.isInteger(size)) ? (stated as number[]) : undefined;
  const values = flat(field(output, 'data'));
  const items = shape?.[0] ?? values.length;
  const even = items > 0 && values.length % items === 0;
  return {
    datatype: typeof datatype === 'string' ? datatype : undefined,
    shape,
    values,
    width: even ? Math.max(1, values.length / items) : Math.max(1, values.length),
  };
}

function fieldsOf(body: unknown): [string, Output][] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [['$', placed([body])]];
  return Object.entries(body).map(([name, value]) => [placeOf(name), placed([value])]);
}

function placeOf(name: string): string {
  return /^[^.[\]*'"\s]+$/.test(name) ? `$.${name}` : `$['${name.replaceAll("'", '')}']`;
}

function outputAt(body: unknown, place: string): Output | undefined {
  const path = parsePath(place);
  const values = valuesAt(body, path);
  if (values.length === 0) return undefined;
  return placed(hasMany(path) ? [values] : values);
}

/** One value; a list of values is as many items. */
function placed([value]: readonly unknown[]): Output {
  const values = Array.isArray(value) ? flat(value) : [value];
  return { datatype: undefined, shape: Array.isArray(value) ? shapeOf(value) : [], values, width: 1 };
}

function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf((value as unknown[])[0])] : [];
}

function flat(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return value === undefined ? [] : [value];
  return value.some(Array.isArray) ? (value as unknown[]).flat(Infinity) : (value as unknown[]);
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
