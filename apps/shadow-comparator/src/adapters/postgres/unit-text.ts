// A unit's row as text: its sides, and each name of a metric once. There may be a row for every prediction.
import { packUnit, unpackUnit, type UnitState } from '@weir/stats';
import { type SideId } from '../../domain/unit-sides';

/** Everything that a unit's row holds. */
export type UnitSides = Map<SideId, UnitState>;

type Packed = ReturnType<typeof packUnit>;
type Amount = Packed[3][number][3];
/** Names by their place, amounts as numbers of ones where they are that and else as text; the rest as `packUnit` has it. */
type Brief = [
  arm: Packed[0],
  epoch: Packed[1],
  segment: Packed[2],
  totals: [of: number, metric: number, n: number, y: Amount, d: Amount][],
  once: number[],
  periods: [first: number, stage: string, last: number][],
  past?: Packed[6],
];

/** As it was kept at first: sides without a list of names. */
type Named = Readonly<Record<SideId, Parameters<typeof unpackUnit>[0]>>;
type Written = readonly [names: readonly string[], sides: Readonly<Record<SideId, Brief>>];

export function toUnitText(sides: UnitSides): string {
  const names: string[] = [];
  const placeOf = (name: string): number => {
    const known = names.indexOf(name);
    return known >= 0 ? known : names.push(name) - 1;
  };
  const written: Record<SideId, Brief> = {};
  for (const [side, state] of sides) {
    const [arm, epoch, segment, totals, once, periods, past] = packUnit(state);
    const brief: Brief = [
      arm,
      epoch,
      segment,
      totals.map(([of, metric, n, y, d]) => [placeOf(of), placeOf(metric), n, toOnes(y), toOnes(d)]),
      once.map(placeOf),
      periods.map(([first, stage, last]) => [placeOf(first), stage, last]),
    ];
    if (past) brief[6] = past;
    written[side] = brief;
  }
  return JSON.stringify([names, written]);
}

export function fromUnitText(text: string): UnitSides {
  const read = JSON.parse(text) as Written | Named;
  if (!isWritten(read)) return new Map(Object.entries(read).map(([side, state]) => [side, unpackUnit(state)]));
  const [names, sides] = read;
  const name = (place: number): string => names[place] ?? '';
  return new Map(
    Object.entries(sides).map(([side, [arm, epoch, segment, totals, once, periods, past]]) => {
      const packed: Packed = [
        arm,
        epoch,
        segment,
        totals.map(([of, metric, n, y, d]) => [name(of), name(metric), n, fromOnes(y), fromOnes(d)]),
        once.map(name),
        periods.map(([first, stage, last]) => [name(first), stage, last]),
      ];
      if (past) packed[6] = past;
      return [side, unpackUnit(packed)];
    }),
  );
}

function isWritten(read: Written | Named): read is Written {
  return Array.isArray(read);
}

/** A one, as whole numbers of 2^-32 have it. */
const one = 2 ** 32;

function toOnes(amount: Amount): Amount {
  return typeof amount === 'number' && amount % one === 0 ? amount / one : String(amount);
}

function fromOnes(amount: Amount): Amount {
  return typeof amount === 'number' ? amount * one : amount;
}
