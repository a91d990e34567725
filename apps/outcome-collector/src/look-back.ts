// How far back to look for what two transactions that crossed each other did not see: a little each time, farther now and then.

/** Most transactions are over within a second; one that waited for others may take a minute. The farthest first. */
const looks = [
  { everyMs: 60_000, reachMs: 180_000 },
  { everyMs: 10_000, reachMs: 30_000 },
  { everyMs: 0, reachMs: 3_000 },
];
/** What a process that ended left behind. */
const firstReachMs = 600_000;

export class LookBack {
  /** When each of the looks was last taken. */
  private readonly takenMs: number[] = [];

  constructor(
    /** Milliseconds of a clock that never jumps. */
    private readonly steadyMs: () => number,
  ) {}

  /** Looks as far as is due; a look that fails is taken again. */
  async take<R>(look: (reachMs: number) => Promise<R>): Promise<R> {
    const nowMs = this.steadyMs();
    const due = looks.findIndex(({ everyMs }, index) => nowMs - (this.takenMs[index] ?? -Infinity) >= everyMs);
    const since = nowMs - (this.takenMs[due] ?? -Infinity);
    const result = await look(since === Infinity ? firstReachMs : (looks[due]?.reachMs ?? 0) + since);
    for (let index = due; index < looks.length; index += 1) this.takenMs[index] = nowMs;
    return result;
  }
}
