// The units: mailboxes, some of which get far more mail than others.
import { hash32, type Random } from '../random';

export interface Mailbox {
  readonly unit: string;
  readonly region: Region;
}

export type Region = 'eu' | 'us' | 'apac';

export const mailboxCount = 20_000;

/**
 * Zipf's law with Mandelbrot's shift: activity of rank r is 1 / (r + 50). The busiest hundredth gets over a quarter of the
 * mail, the busiest mailbox 0.3 %: unequal as real mailboxes are, yet no single one decides what a version's share is.
 */
const shift = 50;

export type DrawMailbox = (random: Random) => Mailbox;

export function mailboxes(count = mailboxCount): DrawMailbox {
  const upTo = new Float64Array(count);
  let total = 0;
  for (let rank = 0; rank < count; rank++) upTo[rank] = total += 1 / (rank + 1 + shift);
  return (random) => mailboxOfRank(firstAbove(upTo, random() * total));
}

export function mailboxOfRank(rank: number): Mailbox {
  const unit = `mailbox-${String(rank).padStart(5, '0')}`;
  return { unit, region: regionOf(hash32(unit) % 100) };
}

function regionOf(percent: number): Region {
  if (percent < 50) return 'eu';
  return percent < 85 ? 'us' : 'apac';
}

function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
