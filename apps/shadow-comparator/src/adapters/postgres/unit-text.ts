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

/** The names in rows that are written together: mostly the same ones, so that a row may name some that it has not. */
export class RowNames {
  private readonly places = new Map<string, number>();
  private readonly begins = new Map<string, Map<string, string>>();
  private text: string | undefined;

  readonly placeOf = (name: string): number => {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    this.text = undefined;
    this.places.set(name, this.places.size);
    return this.places.size - 1;
  };

  /** What the total of a metric begins with, by metric. */
  beginsOf(of: string): Map<string, string> {
    let known = this.begins.get(of);
    if (!known) this.begins.set(of, (known = new Map<string, string>()));
    return known;
  }

  toString(): string {
    return (this.text ??= JSON.stringify([...this.places.keys()]));
  }
}

/** Written straight into text: there is one for each pair, and lists that only JSON reads cost more than all of counting. */
export function toUnitText(sides: UnitSides, names = new RowNames()): string {
  let written = '';
  for (const [side, state] of sides) written += `${written === '' ? '' : ','}${quoted(side)}:${sideText(state, names)}`;
  return `[${names.toString()},{${written}}]`;
}

const knownQuoted = new Map<string, string>();

/** Names of versions, sides, segments and stages: few, and in every row. */
function quoted(name: string): string {
  const known = knownQuoted.get(name);
  if (known !== undefined) return known;
  if (knownQuoted.size > 1_000) knownQuoted.clear();
  const text = JSON.stringify(name);
  knownQuoted.set(name, text);
  return text;
}

function sideText(state: UnitState, names: RowNames): string {
  const { arm, epoch, segment, totals, once, periods, past } = state;
  const of = segment === undefined ? '0' : segment === null ? 'null' : quoted(segment);
  let text = `[${quoted(arm)},${epoch},${of},[`;
  let comma = '';
  for (const stage in totals) {
    const own = totalsText(stage, totals[stage] ?? {}, names, comma);
    if (own !== '') comma = ',';
    text += own;
  }
  text += `],[${once.map(names.placeOf).join(',')}],[`;
  comma = '';
  for (const first in periods) {
    const byStage = periods[first] ?? {};
    for (const stage in byStage) {
      text += `${comma}[${names.placeOf(first)},${quoted(stage)},${byStage[stage]}]`;
      comma = ',';
    }
  }
  return `${text}]${past ? `,${JSON.stringify(packUnit(state)[6])}` : ''}]`;
}

function totalsText(of: string, totals: Readonly<Record<string, UnitTotal>>, names: RowNames, comma: string): string {
  const begins = names.beginsOf(of);
  let [text, before] = ['', comma];
  for (const metric in totals) {
    const { n, y, d } = totals[metric] as UnitTotal;
    let begin = begins.get(metric);
    if (begin === undefined) begins.set(metric, (begin = `[${names.placeOf(of)},${names.placeOf(metric)},`));
    text += `${before}${begin}${n},${amountText(y)},${amountText(d)}]`;
    before = ',';
  }
  return text;
}

/** Whole ones as numbers where a double holds them, all else as text in multiples of 2^-32. */
function amountText(amount: bigint): string {
  if (amount === 0n) return '0';
  const number = Number(amount);
  if (!Number.isSafeInteger(number)) return `"${amount}"`;
  return number % one === 0 ? String(number / one) : `"${number}"`;
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
