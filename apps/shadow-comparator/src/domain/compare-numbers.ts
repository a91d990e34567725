// Numbers within a tolerance.
import { type Judged } from './judged';
import { type Output } from './decode-answer';

export interface Tolerance {
  readonly absolute?: number | undefined;
  readonly relative?: number | undefined;
}

/** Matched where |shadow - stable| is within the absolute or the relative tolerance, of |stable|. Values that are no numbers must be equal. */
export function compareNumbers(stable: Output, shadow: Output, { absolute = 0, relative = 0 }: Tolerance): Judged {
  let [differing, sum, largest, numbers] = [0, 0, 0, 0];
  stable.values.forEach((a, index) => {
    const b = shadow.values[index];
    if (typeof a !== 'number' || typeof b !== 'number' || !Number.isFinite(a) || !Number.isFinite(b)) {
      if (!Object.is(a, b)) differing += 1;
      return;
    }
    const difference = finite(b - a);
    numbers += 1;
    sum += difference;
    largest = Math.max(largest, Math.abs(difference));
    if (Math.abs(difference) > Math.max(absolute, relative * Math.abs(a))) differing += 1;
  });
  return {
    rule: 'tolerance',
    ...(differing > 0 && { difference: 'value' }),
    ...{ differing, items: stable.values.length },
    ...(numbers > 0 && { meanDifference: finite(sum / numbers), maxDifference: finite(largest) }),
  };
}

/** Two numbers may lie further apart than any number is great. */
function finite(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}
