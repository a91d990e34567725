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
  /** What the loop can answer in a millisecond if it refuses nothing, as was seen; 0: not known yet. */
  readonly capacityPerMs: number;
  /** The looks in a row at which predictions kept the loop behind. */
  readonly behind: Behind;
}

interface Behind {
  readonly looks: number;
  readonly answered: number;
  readonly elapsedMs: number;
}

const inTime: Behind = { looks: 0, answered: 0, elapsedMs: 0 };
export const unbounded: Pace = { perMs: Infinity, capacityPerMs: 0, behind: inTime };

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

/** With less to do a loop takes longer for each: it wakes for one at a time. */
const leastBusy = 0.3;
/** What refusing costs beside answering; measured: 17 to 20 µs beside 106 to 115 (docs/decisions/0043). */
const refusalCost = 0.2;
/** Of what there should be time for, at least so much is taken on: a loop that is late all the same is late for other reasons. */
const leastOfFair = 0.7;
const leastOfCapacity = 0.05;

/**
 * A rate, and no bound of what is under way: how long the models take says nothing about what this loop can carry. It begins with what
 * the loop has time for beside refusing the rest, gives way by a few percent while the loop is later than the bound, and feels its way up again.
 */
export function nextPace(pace: Pace, look: LoopLook, boundMs: number): Pace {
  const { perMs, capacityPerMs } = pace;
  if (look.busy < saturated)
    return { perMs: withTimeToSpare(perMs, look), capacityPerMs: capacitySeen(pace, look), behind: inTime };
  if (look.lateMs <= boundMs) return { perMs: perMs * 1.01, capacityPerMs, behind: inTime };
  if (perMs === Infinity) return look.arrivals < fewestArrivals ? { ...pace, behind: inTime } : tooLate(pace, look);
  const less = perMs * (1 - 0.05 * Math.min(1, look.lateMs / boundMs - 1));
  return { ...pace, perMs: Math.max(leastPerMs, leastOfFair * fairPerMs(capacityPerMs, look), less) };
}

/** Once it is a trend: by all that was answered in it, for what one look saw is chance. */
function tooLate({ capacityPerMs: before, behind }: Pace, look: LoopLook): Pace {
  const longer = {
    looks: behind.looks + 1,
    answered: behind.answered + look.answered,
    elapsedMs: behind.elapsedMs + look.elapsedMs,
  };
  if (longer.looks < trendLooks) return { perMs: Infinity, capacityPerMs: before, behind: longer };
  // a loop that has more to do than it can does less of it: its turns are long, and each brings one answer a connection
  const capacityPerMs = Math.max(before, longer.answered / longer.elapsedMs);
  return { perMs: Math.max(leastPerMs, fairPerMs(capacityPerMs, look)), capacityPerMs, behind: inTime };
}

/** What its busy time would come to, of looks with time to spare that refused nothing. */
function capacitySeen({ perMs, capacityPerMs }: Pace, { busy, answered, elapsedMs }: LoopLook): number {
  if (perMs !== Infinity || answered < fewestArrivals || busy < leastBusy) return capacityPerMs;
  const seen = answered / (busy * elapsedMs);
  return capacityPerMs === 0 ? seen : capacityPerMs + 0.1 * (seen - capacityPerMs);
}

/** What there is time for where the rest of what comes is refused. */
function fairPerMs(capacityPerMs: number, { arrivals, elapsedMs }: LoopLook): number {
  if (capacityPerMs === 0) return 0;
  const times = Math.max(1, arrivals / elapsedMs / capacityPerMs);
  return capacityPerMs * Math.max(leastOfCapacity, (1 - refusalCost * times) / (1 - refusalCost));
}

/** No bound any more where twice of what comes would fit in. */
function withTimeToSpare(perMs: number, { arrivals, elapsedMs }: LoopLook): number {
  const more = perMs * 1.1;
  return more > (2 * arrivals) / elapsedMs ? Infinity : more;
}
