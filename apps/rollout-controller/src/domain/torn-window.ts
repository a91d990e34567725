// A window of evidence whose rows have not all come. What came after it waits for it, and so does every step.

/** The first window that is not whole, where all before it has been folded in. */
export interface TornWindow {
  readonly index: number;
  /** ISO instant of its end. */
  readonly to: string;
  /** Final rows that have come. */
  readonly came: number;
  /** How many it has; null where none of them says so. */
  readonly of: number | null;
  /** Since the first of them came. */
  readonly waitedMs: number;
}

/** The rows of a window leave together: what has not come by then is not on its way, and somebody must hear of it. */
export const tornAlarmMs = 30_000;

export function isAlarming(torn: TornWindow | undefined): torn is TornWindow {
  return torn !== undefined && torn.waitedMs >= tornAlarmMs;
}

export function tornText({ index, to, came, of }: TornWindow): string {
  const rows = of === null ? `${came} rows, and none says how many there are` : `${came} of its ${of} rows`;
  return `evidence: window ${index}, until ${to}, has ${rows}; nothing from it on is judged`;
}
