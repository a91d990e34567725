// How many distinct units a step has seen, by arm: what `minUnits` is held against.
import { type Evidence } from '@weir/contracts';
import { type Place } from './rollout';

/** Of the latest step that evidence has come from. */
export interface StepUnits {
  readonly stage: number;
  readonly step: number;
  readonly arms: Readonly<Record<string, number>>;
}

export const noStepUnits: StepUnits = { stage: -1, step: -1, arms: {} };

export function foldUnits(units: StepUnits, rows: readonly Evidence[]): StepUnits {
  return rows.filter(({ metric }) => metric === 'error-rate').reduce(addRow, units);
}

export function unitsAt(units: StepUnits, at: Pick<Place, 'stage' | 'step'>): Record<string, number> {
  return units.stage === at.stage && units.step === at.step ? { ...units.arms } : {};
}

/** A collector that does not tell the units of a step tells at least those that the rollout had not seen before. */
function addRow(units: StepUnits, { stage, step, arm, stepUnits, newUnits }: Evidence): StepUnits {
  const order = stage - units.stage || step - units.step;
  if (order < 0) return units;
  const arms = order > 0 ? {} : units.arms;
  return { stage, step, arms: { ...arms, [arm]: (arms[arm] ?? 0) + (stepUnits ?? newUnits) } };
}
