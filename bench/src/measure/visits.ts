// What one visit of one target gave, and how visits of the same round are set against each other.

export interface Visit {
  readonly target: string;
  readonly round: number;
  /** By name of the figure: requests a second, CPU microseconds a request, milliseconds. */
  readonly figures: Readonly<Record<string, number>>;
  /** Cores that others kept busy meanwhile. */
  readonly foreignCores: number;
  readonly stealCores: number;
}

export interface Pair {
  readonly round: number;
  readonly value: number;
  readonly quiet: boolean;
}

/** More foreign work than this, and the throughput of neither target can be believed. */
export const quietBelowCores = 0.3;

export function isQuiet({ foreignCores, stealCores }: Visit): boolean {
  return foreignCores + stealCores < quietBelowCores;
}

/** One value for each round in which both were visited; `value` sees their figures. */
export function pairUp(
  visits: readonly Visit[],
  [one, other]: readonly [string, string],
  value: (one: Visit, other: Visit) => number,
): Pair[] {
  const others = new Map(visits.filter(({ target }) => target === other).map((visit) => [visit.round, visit]));
  return visits.flatMap((visit) => {
    const against = visit.target === one ? others.get(visit.round) : undefined;
    if (!against) return [];
    return [{ round: visit.round, value: value(visit, against), quiet: isQuiet(visit) && isQuiet(against) }];
  });
}

/** The quotient of one figure of both. */
export function quotient(figure: string): (one: Visit, other: Visit) => number {
  return (one, other) => (one.figures[figure] ?? NaN) / (other.figures[figure] ?? NaN);
}

/** The difference of one figure of both. */
export function difference(figure: string): (one: Visit, other: Visit) => number {
  return (one, other) => (one.figures[figure] ?? NaN) - (other.figures[figure] ?? NaN);
}
