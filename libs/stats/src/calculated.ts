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

export const isShare = (value: number): boolean => value > 0 && value < 1;

export const mustBeCount = 'must be a whole number, 0 or more';
export const mustBeShare = 'must be between 0 and 1, neither of them';
