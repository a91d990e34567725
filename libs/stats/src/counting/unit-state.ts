// What counting remembers of one unit in one attempt of a rollout: its first exposure, its totals, and which firsts it has had.
import { type Fixed } from './fixed-point';

/** Of one arm and metric: records counted, Y = sum h y, D = sum h. */
export interface UnitTotal<Amount = Fixed> {
  n: number;
  y: Amount;
  d: Amount;
}

/** Amount: Fixed where records are counted, text where the state is kept. */
export interface UnitState<Amount = Fixed> {
  /** The arm, epoch and segment of the first exposure: the unit belongs there. */
  readonly arm: string;
  readonly epoch: number;
  /** null: of none; absent: kept before segments were the unit's. */
  readonly segment?: string | null | undefined;
  /** By metric: what was known of the unit before its first exposure, as covariates take it. */
  readonly past?: Readonly<Record<string, Amount>> | undefined;
  /** By arm of a stage (ofStage), then metric. A unit is in a second arm after weights moved. */
  totals: Record<string, Record<string, UnitTotal<Amount>>>;
  /** Firsts that were counted in the rollout. */
  once: string[];
  /** By kind of first, then stage: the last period, or step, in which it was counted (both ascend over a stage). */
  periods: Record<string, Record<string, number>>;
}

export function newUnitState(first: Pick<UnitState, 'arm' | 'epoch' | 'segment' | 'past'>): UnitState {
  return { ...first, totals: {}, once: [], periods: {} };
}

/** Notes a first in the rollout; false when it was noted before. */
export function takeOnce(unit: UnitState, first: string): boolean {
  if (unit.once.includes(first)) return false;
  unit.once.push(first);
  return true;
}

/** Notes a first in a period (or step) of a stage; false when it was noted in this period or a later one. */
export function takeInPeriod(unit: UnitState, first: string, stage: number, period: number): boolean {
  const byStage = (unit.periods[first] ??= {});
  const last = byStage[String(stage)];
  if (last !== undefined && last >= period) return false;
  byStage[String(stage)] = period;
  return true;
}

/** The running total of a stage, arm and metric, made when it is first asked for. */
export function totalOf(unit: UnitState, { stage, arm }: { stage: number; arm: string }, metric: string): UnitTotal {
  const byMetric = (unit.totals[ofStage(stage, arm)] ??= {});
  return (byMetric[metric] ??= { n: 0, y: 0n, d: 0n });
}

/** Stages ask different people: what a unit came to in one is not carried into the next. No arm's name has a slash. */
function ofStage(stage: number, arm: string): string {
  return stage === 0 ? arm : `${stage}/${arm}`;
}
