// A clock that stands still until a spec moves it.

export class FixedClock {
  private currentMs: number;

  constructor(start: string | number = '2026-01-01T00:00:00.000Z') {
    this.currentMs = typeof start === 'number' ? start : Date.parse(start);
    if (Number.isNaN(this.currentMs)) throw new Error(`${start} is no instant`);
  }

  /** Bound, so that it can be handed over as it is. */
  readonly nowMs = (): number => this.currentMs;

  readonly now = (): Date => new Date(this.currentMs);

  readonly iso = (): string => this.now().toISOString();

  advance(ms: number): this {
    this.currentMs += ms;
    return this;
  }
}
