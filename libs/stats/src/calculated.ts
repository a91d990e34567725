// What a calculator answers: a result, or the field that makes one impossible.

export interface Refusal {
  readonly ok: false;
  /** Path of the field, `arms.1.weight`. */
  readonly field: string;
  readonly message: string;
}

export type Calculated<T> = { readonly ok: true; readonly answer: T } | Refusal;

/** A rule that a field must keep; the first that is broken is the answer. */
export type Rule = readonly [field: string, kept: boolean, message: string];

export function firstBroken(rules: readonly Rule[]): Refusal | null {
  const broken = rules.find(([, kept]) => !kept);
  return broken ? { ok: false, field: broken[0], message: broken[2] } : null;
}

export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Between 0 and 1. Below 1e-300 nothing is computed of it. */
export const isShare = (value: number): boolean => value >= 1e-300 && value < 1;

export const mustBeCount = 'must be a whole number, 0 or more';
export const mustBeShare = 'must be between 0 and 1, neither of them';

/** The answer, unless some number in it is none: then what is asked is beyond what doubles hold, and the field is where that comes from. */
export function finiteAnswer<T extends object>(answer: T, field: string): Calculated<T> {
  if (isFinite(answer)) return { ok: true, answer };
  return { ok: false, field, message: 'is too great or too small, beside the others, for an answer to be computed' };
}

function isFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFinite);
}
