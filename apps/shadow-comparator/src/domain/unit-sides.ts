// A unit's place in a pair: it counts for itself in what each version did beside the other.

/** By side: how the unit's state is kept. */
export type SideId = string;

/** Of one unit in one attempt. */
export interface UnitSide {
  /** `v2 beside v1`: what v2 did beside v1. */
  readonly side: SideId;
  readonly unit: string;
}

/** The same text for the same side of the same unit. Versions' names hold no blanks. */
export function unitSideId({ side, unit }: UnitSide): string {
  return `${side} ${unit}`;
}

export function unitSideOf(id: string): UnitSide {
  const at = id.indexOf(' ', id.indexOf(between) + between.length);
  return { side: id.slice(0, at), unit: id.slice(at + 1) };
}

const between = ' beside ';

export function sideOf(version: string, other: string): SideId {
  return `${version}${between}${other}`;
}

/** As a database can hold it: a caller may name its unit by any characters. */
export function unitName(unit: string): string {
  return /[\0\ud800-\udfff]/.test(unit) ? Buffer.from(unit).toString().replaceAll('\0', '\ufffd') : unit;
}
