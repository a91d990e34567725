// A unit's row as text: its sides, and each name of a metric once. There may be a row for every prediction.
import { packUnit, unpackUnit, type UnitState } from '@weir/stats';
import { type SideId } from '../../domain/unit-sides';

/** Everything that a unit's row holds. */
export type UnitSides = Map<SideId, UnitState>;

type Packed = ReturnType<typeof packUnit>;
type UnitTotal = UnitState['totals'][string][string];
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

/** Written straight into text: there is one for each pair, and lists that only JSON reads cost more than all of counting. */
export function toUnitText(sides: UnitSides): string {
  const names: string[] = [];
  const placeOf = (name: string): number => {
    const known = names.indexOf(name);
    return known >= 0 ? known : names.push(name) - 1;
  };
  let written = '';
  for (const [side, state] of sides)
    written += `${written === '' ? '' : ','}${JSON.stringify(side)}:${sideText(state, placeOf)}`;
  return `[${JSON.stringify(names)},{${written}}]`;
}

function sideText(state: UnitState, placeOf: PlaceOf): string {
  const { arm, epoch, segment, totals, once, periods, past } = state;
  let text = `[${JSON.stringify(arm)},${epoch},${segment === undefined ? 0 : JSON.stringify(segment)},[`;
  let comma = '';
  for (const of of Object.keys(totals)) {
    const byMetric = totals[of] as Record<string, UnitTotal>;
    for (const metric of Object.keys(byMetric)) {
      const { n, y, d } = byMetric[metric] as UnitTotal;
      text += `${comma}[${placeOf(of)},${placeOf(metric)},${n},${amountText(y)},${amountText(d)}]`;
      comma = ',';
    }
  }
  text += `],[${once.map(placeOf).join(',')}],[`;
  comma = '';
  for (const first of Object.keys(periods)) {
    const byStage = periods[first] as Record<string, number>;
    for (const stage of Object.keys(byStage)) {
      text += `${comma}[${placeOf(first)},${JSON.stringify(stage)},${byStage[stage]}]`;
      comma = ',';
    }
  }
  return `${text}]${past ? `,${JSON.stringify(packUnit(state)[6])}` : ''}]`;
}

type PlaceOf = (name: string) => number;

/** Whole ones as numbers where a double holds them, all else as text in multiples of 2^-32. */
function amountText(amount: bigint): string {
  if (amount === 0n) return '0';
  const number = Number(amount);
  return Number.isSafeInteger(number) && number % one === 0 ? String(number / one) : `"${amount}"`;
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

function fromOnes(amount: Amount): Amount {
  return typeof amount === 'number' ? amount * one : amount;
}
