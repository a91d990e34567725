// What the change of one record's value does to the total of its unit, and so to the sums over units.
import { multiplyFixed, toFixed, type Fixed } from './fixed-point';
import { type Sums } from './sums';
import { type UnitTotal } from './unit-state';

/** The change of a value, exactly. */
export interface Change {
  /** Of the number of records: 1, 0 or -1. */
  readonly records: number;
  /** Did it count before? 1 or 0. */
  readonly own: number;
  readonly was: Fixed;
  readonly is: Fixed;
}

/** By how much a unit's total moves. */
export type Move = Readonly<UnitTotal>;

export function changeOf({ before, after }: { before: number | undefined; after: number | undefined }): Change {
  const own = Number(before !== undefined);
  const records = Number(after !== undefined) - own;
  return { records, own, was: toFixed(before ?? 0), is: toFixed(after ?? 0) };
}

/** A prediction without a unit is its own: its total is what it counted for before. */
export function aloneOf({ own, was }: Change, h: Fixed): UnitTotal {
  return { n: own, y: multiplyFixed(h, was), d: h * BigInt(own) };
}

/** Each record weighs what it was decided under. */
export function recordMove({ records, was, is }: Change, h: Fixed): Move {
  return { n: records, y: multiplyFixed(h, is) - multiplyFixed(h, was), d: h * BigInt(records) };
}

/** A unit that is one observation has one weight, that of its first record; Y is the sum of its values under it. */
export function unitMove(total: UnitTotal, { records, was, is }: Change, h: Fixed): Move {
  const weight = total.n > 0 ? total.d : h;
  const y = multiplyFixed(weight, is) - multiplyFixed(weight, was);
  return { n: records, y, d: (total.n + records > 0 ? weight : 0n) - total.d };
}

export function partMove(part: 'numerator' | 'denominator', { records, was, is }: Change, h: Fixed): Move {
  const moved = multiplyFixed(h, is) - multiplyFixed(h, was);
  return part === 'numerator' ? { n: records, y: moved, d: 0n } : { n: records, y: 0n, d: moved };
}

/** Sums over units telescope: each change takes the unit's old total out and puts the new one in. */
export function addUnitChange(total: UnitTotal, { unitSums }: Sums, move: Move, past?: Fixed): void {
  const { n, y, d } = total;
  total.n += move.n;
  if (move.y !== 0n) total.y += move.y;
  if (move.d !== 0n) total.d += move.d;
  const units = Number(total.n > 0) - Number(n > 0);
  unitSums.n += units;
  if (move.y !== 0n) unitSums.y += move.y;
  if (move.d !== 0n) unitSums.d += move.d;
  addSquareMove(unitSums, 'yy', y, move.y);
  addSquareMove(unitSums, 'dd', d, move.d);
  addProductMove(unitSums, { y, d }, move);
  if (past === undefined) return;
  const [x, was] = [multiplyFixed(past, total.d), multiplyFixed(past, d)];
  unitSums.covered = (unitSums.covered ?? 0) + units;
  unitSums.x += x - was;
  unitSums.xx += multiplyFixed(x, x) - multiplyFixed(was, was);
  unitSums.xy += multiplyFixed(x, total.y) - multiplyFixed(was, y);
  unitSums.xd += multiplyFixed(x, total.d) - multiplyFixed(was, d);
}

/** By (was + by)^2 - was^2. Most moves are by nothing or by one, where no product needs to be made: each is a new number. */
function addSquareMove(sums: Sums['unitSums'], of: 'yy' | 'dd', was: Fixed, by: Fixed): void {
  if (by === 0n) return;
  if (by === one) sums[of] += was + was + one;
  else sums[of] += multiplyFixed(was + by, was + by) - multiplyFixed(was, was);
}

/** By (y + my) (d + md) - y d. A factor of one rounds nothing, so what both products have in common goes. */
function addProductMove(sums: Sums['unitSums'], { y, d }: Pick<UnitTotal, 'y' | 'd'>, move: Move): void {
  const is = y + move.y;
  if (is === 0n && y === 0n) return;
  if (move.y === 0n && move.d === one) sums.yd += y;
  else sums.yd += multiplyFixed(is, d + move.d) - multiplyFixed(y, d);
}

const one = toFixed(1);
