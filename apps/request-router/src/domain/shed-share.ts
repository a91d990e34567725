// Which share of the predictions is refused so that the rest is answered in time. Pure: measured delay in, share out.

export interface LoopLook {
  /** How late the event loop came to a timer, milliseconds, of late. */
  readonly lateMs: number;
  /** The share of the time in which the loop had work, 0..1. */
  readonly busy: number;
}

/** A process that has time to spare and is late all the same waits for the machine: refusing callers would not help it. */
const saturated = 0.9;
const most = 0.95;

/** Looked at each `lookEveryMs`: a jump of load is met within half a second, and forgotten within two. */
export const lookEveryMs = 50;

export function nextShare(share: number, { lateMs, busy }: LoopLook, boundMs: number): number {
  if (busy < saturated) return share < 0.01 ? 0 : share * 0.8;
  if (lateMs <= boundMs) return Math.max(0, share - 0.01);
  return Math.min(most, share + 0.02 + 0.08 * Math.min(1, lateMs / boundMs - 1));
}
