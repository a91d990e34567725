// The plan of an open loop: when each request is due, whatever became of those before it.

export interface Plan {
  readonly ratePerSecond: number;
  readonly seconds: number;
}

/** Milliseconds after the start at which request `number`, from 0, is due. */
export function dueMs({ ratePerSecond }: Plan, number: number): number {
  return (number * 1_000) / ratePerSecond;
}

export function countOf({ ratePerSecond, seconds }: Plan): number {
  return Math.round(ratePerSecond * seconds);
}

/** A tick for each request up to a thousand a second, above it one each millisecond. */
export function periodMsOf({ ratePerSecond }: Plan): number {
  return 1_000 / Math.min(1_000, ratePerSecond);
}
