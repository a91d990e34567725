// How many predictions a time are taken on so that those are answered in time. Pure: what was measured in, a rate out.

export interface LoopLook {
  /** How late the event loop came to a timer, milliseconds. */
  readonly lateMs: number;
  /** The share of the time in which the loop had work, 0..1. */
  readonly busy: number;
  /** Predictions that came since the last look, refused ones included. */
  readonly arrivals: number;
  /** Of them were answered. */
  readonly answered: number;
  /** Since the last look, milliseconds. */
  readonly elapsedMs: number;
}

export interface Pace {
  /** Predictions taken on in a millisecond; infinite: all that come. */
  readonly perMs: number;
  /** Looks in a row at which predictions kept the loop behind. */
  readonly behind: number;
}

export const unbounded: Pace = { perMs: Infinity, behind: 0 };

/** Looked at each `lookEveryMs`: a jump of load is met within a second, and forgotten within two. */
export const lookEveryMs = 50;

/** A process that has time to spare and is late all the same waits for the machine: refusing callers would not help it. */
const saturated = 0.9;
/** Fewer cannot be what keeps a loop behind: it boots, collects garbage, or is starved by the machine. */
const fewestArrivals = 16;
/** One slow turn is not a trend, nor are a few: a quarter of a second and more without a look in time is. */
const trendLooks = 5;
/** Some are let through always, so that the end of the load is seen: 20 a second. */
const leastPerMs = 0.02;

/**
 * A rate, and no bound of what is under way: how long the models take says nothing about what this loop can carry. It begins with what
 * the loop has answered, gives way by a few percent while the loop is later than the bound, and feels its way up again.
 */
export function nextPace({ perMs, behind }: Pace, look: LoopLook, boundMs: number): Pace {
  if (look.busy < saturated) return { perMs: withTimeToSpare(perMs, look), behind: 0 };
  if (look.lateMs <= boundMs) return { perMs: perMs * 1.01, behind: 0 };
  if (perMs === Infinity) {
    if (look.arrivals < fewestArrivals) return unbounded;
    if (behind + 1 < trendLooks) return { perMs, behind: behind + 1 };
    return { perMs: Math.max(leastPerMs, look.answered / look.elapsedMs), behind: behind + 1 };
  }
  const less = 1 - 0.05 * Math.min(1, look.lateMs / boundMs - 1);
  return { perMs: Math.max(leastPerMs, perMs * less), behind: behind + 1 };
}

/** No bound any more where twice of what comes would fit in. */
function withTimeToSpare(perMs: number, { arrivals, elapsedMs }: LoopLook): number {
  const more = perMs * 1.1;
  return more > (2 * arrivals) / elapsedMs ? Infinity : more;
}
