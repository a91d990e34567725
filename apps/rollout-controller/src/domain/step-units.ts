// How many distinct units a step has seen, by arm: what `minUnits` is held against.
import { type Evidence } from '@weir/contracts';
import { type Place } from './rollout';

/** Of the latest step that evidence has come from. A unit in two periods is in two of their counts: the largest is a lower bound. */
export interface StepUnits {
  readonly stage: number;
  readonly step: number;
  readonly arms: Readonly<Record<string, ArmUnits>>;
}

interface ArmUnits {
  /** Units by the period they were first seen in. */
  readonly byPeriod: Readonly<Record<string, number>>;
  /** Units that the rollout had not seen before. */
  readonly fresh: number;
}

const noUnits: ArmUnits = { byPeriod: {}, fresh: 0 };

export const noStepUnits: StepUnits = { stage: -1, step: -1, arms: {} };

export function foldUnits(units: StepUnits, rows: readonly Evidence[]): StepUnits {
  return rows.filter(({ metric }) => metric === 'error-rate').reduce(addRow, units);
}

export function unitsAt(units: StepUnits, at: Pick<Place, 'stage' | 'step'>): Record<string, number> {
  if (units.stage !== at.stage || units.step !== at.step) return {};
  return Object.fromEntries(
    Object.entries(units.arms).map(([arm, { byPeriod, fresh }]) => [arm, Math.max(fresh, ...Object.values(byPeriod))]),
  );
}

function addRow(units: StepUnits, { stage, step, arm, period, newUnits, inPeriod }: Evidence): StepUnits {
  const order = stage - units.stage || step - units.step;
  if (order < 0) return units;
  const arms = order > 0 ? {} : units.arms;
  const { byPeriod, fresh } = arms[arm] ?? noUnits;
  const inIt = (byPeriod[String(period)] ?? 0) + inPeriod.n;
  const added = { byPeriod: { ...byPeriod, [String(period)]: inIt }, fresh: fresh + newUnits };
  return { stage, step, arms: { ...arms, [arm]: added } };
}
