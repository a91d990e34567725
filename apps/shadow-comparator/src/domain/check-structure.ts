// What two outputs must have in common before their values can be compared.
import { type DifferenceKind } from '@weir/contracts';
import { type Output } from './decode-answer';

/** A difference that makes a comparison of values pointless, with how many values show it. */
export interface Flaw {
  readonly difference: Extract<DifferenceKind, 'missing' | 'extra' | 'type' | 'shape' | 'not-finite' | 'out-of-range'>;
  readonly differing: number;
}

/** Undefined where both are of one kind. `sized`: the number of values must be the same. */
export function checkStructure(
  stable: Output | undefined,
  shadow: Output | undefined,
  { sized = true, probability = false } = {},
): Flaw | undefined {
  if (!stable && !shadow) return undefined;
  if (!shadow) return { difference: 'missing', differing: stable?.values.length ?? 0 };
  if (!stable) return { difference: 'extra', differing: shadow.values.length };
  const invalid = notFinite(stable, shadow);
  if (invalid > 0) return { difference: 'not-finite', differing: invalid };
  if (sized && !sameShape(stable, shadow))
    return { difference: 'shape', differing: Math.max(stable.values.length, shadow.values.length) };
  const types = differentTypes(stable, shadow);
  if (types > 0) return { difference: 'type', differing: types };
  const outside = probability ? shadow.values.filter(isNoProbability).length : 0;
  return outside > 0 ? { difference: 'out-of-range', differing: outside } : undefined;
}

/** Numbers that are none, where stable's are: NaN, infinite, and null or text in their place where the datatype says numbers. */
function notFinite(stable: Output, shadow: Output): number {
  return shadow.values.filter((value, index) => isInvalid(value, shadow) && !isInvalid(stable.values[index], stable))
    .length;
}

function isInvalid(value: unknown, { datatype }: Output): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (!isFloat(datatype)) return false;
  return value === null || (typeof value === 'string' && !Number.isFinite(Number(value)));
}

const isFloat = (datatype: string | undefined): boolean => datatype?.startsWith('FP') === true || datatype === 'BF16';

/** The stated shapes where both state one; else the number of values. */
function sameShape(stable: Output, shadow: Output): boolean {
  if (stable.values.length !== shadow.values.length) return false;
  const [a, b] = [stable.shape, shadow.shape];
  if (!a || !b) return true;
  return a.length === b.length && a.every((size, index) => size === b[index]);
}

function differentTypes(stable: Output, shadow: Output): number {
  const [a, b] = [family(stable.datatype), family(shadow.datatype)];
  if (a !== undefined && b !== undefined && a !== b) return shadow.values.length;
  return shadow.values.filter(
    (value, index) => index < stable.values.length && typeOf(value) !== typeOf(stable.values[index]),
  ).length;
}

/** FP32 and FP64 hold the same numbers; a whole number in the place of one with a fraction is another type. */
function family(datatype: string | undefined): string | undefined {
  if (datatype === undefined) return undefined;
  if (isFloat(datatype)) return 'float';
  return /^U?INT/.test(datatype) ? 'integer' : datatype;
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

/** Sums of floats go past 1 by a rounding error. */
const rounding = 1e-6;

function isNoProbability(value: unknown): boolean {
  return typeof value === 'number' && !(value >= -rounding && value <= 1 + rounding);
}
