// New units by the shares that their own events name.
import { type EvidenceRow } from './evidence-row';

/** Units of arms that were chosen by the same shares. */
export interface Allocation {
  readonly shares: Readonly<Record<string, number>>;
  readonly units: Readonly<Record<string, number>>;
}

/** By the text of the shares. */
export type Told = readonly [string, Allocation];

/** New units by the shares that their own events name, in an order that rows cannot change. */
export function allocationsOf(told: readonly { readonly row: EvidenceRow; readonly units: number }[]): Told[] {
  const found = new Map<string, { shares: Record<string, number>; units: Record<string, number> }>();
  for (const { row, units } of told) {
    if (!(Number.isSafeInteger(units) && units > 0)) continue;
    const shares = sharesOf(row.weights);
    const text = JSON.stringify(shares);
    const known = found.get(text) ?? { shares, units: {} };
    known.units[row.arm] = (known.units[row.arm] ?? 0) + units;
    found.set(text, known);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Arms with weight, by name, adding up to 1. */
function sharesOf(weights: EvidenceRow['weights']): Record<string, number> {
  const positive = Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const total = positive.reduce((sum, [, weight]) => sum + weight, 0);
  return Object.fromEntries(positive.map(([arm, weight]) => [arm, weight / total]));
}

export function addUnits({ shares, units }: Allocation, more: Allocation['units']): Allocation {
  const sum: Record<string, number> = { ...units };
  for (const [arm, count] of Object.entries(more)) sum[arm] = (sum[arm] ?? 0) + count;
  return { shares, units: sum };
}
