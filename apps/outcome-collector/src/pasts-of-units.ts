// What is known of units from before a rollout, for its covariates; and what is learned of them while no arms are compared.
import { toFixed, type Fixed, type Past, type UnitState } from '@weir/stats';
import { attemptId, attemptOf, type Decision, type RolloutDecision } from './domain/decision';
import { type Metrics } from './domain/metrics';
import { type HistoryStore, type RolloutClock, type UnitHistory } from './ports';

export interface PastChange {
  readonly metric: string;
  /** Predictions that count for the metric: 1, 0 or -1. */
  readonly records: number;
  /** By how much the sum of their values moves. */
  readonly by: Fixed;
}

export class PastsOfUnits {
  /** By attemptId, then unit. */
  private readonly pasts = new Map<string, Map<string, Past>>();
  private readonly changes = new Map<string, UnitHistory>();

  constructor(
    private readonly store: HistoryStore,
    private readonly metrics: Pick<Metrics, 'namesOf' | 'covariateOf'>,
  ) {}

  /**
   * Of the units that the attempts meet for the first time. What a metric was for a unit is told less a constant, so that a unit without a past
   * stands in the middle: the mean of those that came first, chosen once an attempt. Gives the clocks with what was chosen.
   */
  async read(
    clocks: readonly RolloutClock[],
    decisions: readonly RolloutDecision[],
    known: ReadonlyMap<string, ReadonlyMap<string, UnitState>>,
  ): Promise<RolloutClock[]> {
    const met = decisions.filter((decision) => {
      const { unit } = decision;
      return unit !== undefined && !known.get(attemptId(attemptOf(decision)))?.has(unit);
    });
    if (met.length === 0) return [...clocks];
    const histories = new Map<string, UnitHistory[]>();
    for (const history of await this.store.unitHistories(met.flatMap(nameOf)))
      histories.set(keyOf(history), [...(histories.get(keyOf(history)) ?? []), history]);
    if (histories.size === 0) return [...clocks];
    return clocks.map((clock) => {
      const id = attemptId(clock);
      const units = new Set(met.flatMap((one) => (attemptId(attemptOf(one)) === id ? (one.unit ?? []) : [])));
      const own = [...units].flatMap((unit) => histories.get(keyOf({ model: clock.model, unit })) ?? []);
      const centers = { ...centersOf(own), ...clock.centers };
      this.pasts.set(id, this.told(clock, pastsOf(own, centers)));
      return { ...clock, centers };
    });
  }

  of(id: string): ReadonlyMap<string, Past> {
    return this.pasts.get(id) ?? new Map<string, Past>();
  }

  add({ model, unit }: Pick<Decision, 'model' | 'unit'>, { metric, records, by }: PastChange): void {
    if (unit === undefined) return;
    const key = `${keyOf({ model, unit })} ${metric}`;
    const { n = 0, sum = 0n } = this.changes.get(key) ?? {};
    this.changes.set(key, { model, unit, metric, n: n + records, sum: sum + by });
  }

  async close(): Promise<void> {
    const changed = [...this.changes.values()].filter(({ n, sum }) => n !== 0 || sum !== 0n);
    if (changed.length > 0) await this.store.addUnitHistories(changed);
  }

  /** A metric that names another is foretold by that one's past, and by no other. */
  private told(model: Pick<RolloutClock, 'model'>, pasts: Map<string, Past>): Map<string, Past> {
    const named = this.metrics.namesOf(model).flatMap((metric) => {
      const covariate = this.metrics.covariateOf(model, metric);
      return covariate === undefined ? [] : [{ metric, covariate }];
    });
    if (named.length === 0) return pasts;
    const told = [...pasts].map(([unit, past]): readonly [string, Past] => {
      const own = Object.entries(past).filter(([metric]) => named.every((one) => one.metric !== metric));
      const others = named.flatMap(({ metric, covariate }) => {
        const value = past[covariate];
        return value === undefined ? [] : [[metric, value] as const];
      });
      return [unit, Object.fromEntries([...own, ...others])];
    });
    return new Map(told);
  }
}

function nameOf({ model, unit }: RolloutDecision): { model: string; unit: string }[] {
  return unit === undefined ? [] : [{ model, unit }];
}

/** A model's name holds no space. */
function keyOf({ model, unit }: Pick<UnitHistory, 'model' | 'unit'>): string {
  return `${model} ${unit}`;
}

function meanOf({ n, sum }: UnitHistory): number {
  return Number(sum) / 2 ** 32 / n;
}

/** The mean of the units' means, by metric. */
function centersOf(histories: readonly UnitHistory[]): Record<string, number> {
  const means = new Map<string, number[]>();
  for (const history of histories) means.set(history.metric, [...(means.get(history.metric) ?? []), meanOf(history)]);
  return Object.fromEntries(
    [...means].map(([metric, all]) => [metric, all.reduce((sum, mean) => sum + mean, 0) / all.length]),
  );
}

function pastsOf(histories: readonly UnitHistory[], centers: Readonly<Record<string, number>>): Map<string, Past> {
  const pasts = new Map<string, Record<string, Fixed>>();
  for (const history of histories) {
    const past = pasts.get(history.unit) ?? {};
    past[history.metric] = toFixed(meanOf(history) - (centers[history.metric] ?? 0));
    pasts.set(history.unit, past);
  }
  return pasts;
}
