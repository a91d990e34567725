// Which share of the predictions is refused so that the rest is answered in time. Pure: what was measured in, share out.

export interface LoopLook {
  /** How late the event loop came to a timer, milliseconds. */
  readonly lateMs: number;
  /** The share of the time in which the loop had work, 0..1. */
  readonly busy: number;
  /** Predictions that came since the last look, refused ones included. */
  readonly arrivals: number;
}

export interface Shedding {
  /** Of the predictions that come, 0..1. */
  readonly share: number;
  /** Looks in a row at which predictions kept the loop behind. */
  readonly behind: number;
}

export const noShedding: Shedding = { share: 0, behind: 0 };

/** A process that has time to spare and is late all the same waits for the machine: refusing callers would not help it. */
const saturated = 0.9;
/** Fewer cannot be what keeps a loop behind: it boots, collects garbage, or is starved by the machine. */
const fewestArrivals = 16;
/** One slow turn is not a trend, nor are a few: a quarter of a second and more without a look in time is. */
const trendLooks = 5;
const most = 0.95;

/** Looked at each `lookEveryMs`: a jump of load is met within a second, and forgotten within two. */
export const lookEveryMs = 50;

/** As CoDel does, the least delay of an interval decides whether there is a queue that stands, and not its mean. */
export function nextShedding({ share, behind }: Shedding, look: LoopLook, boundMs: number): Shedding {
  if (look.busy < saturated) return { share: share < 0.01 ? 0 : share * 0.8, behind: 0 };
  if (look.lateMs <= boundMs) return { share: Math.max(0, share - 0.01), behind: 0 };
  if (share === 0 && look.arrivals < fewestArrivals) return noShedding;
  if (share === 0 && behind + 1 < trendLooks) return { share, behind: behind + 1 };
  const more = 0.02 + 0.08 * Math.min(1, look.lateMs / boundMs - 1);
  return { share: Math.min(most, share + more), behind: behind + 1 };
}
