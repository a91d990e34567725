// The steps of a blue-green stage, and what follows from them.
import { type BlueGreenStage } from '@weir/contracts';
import { type Place } from './rollout';

/**
 * prepare: green's instances are asked until all of them are ready. preview: all of them are; blue has the traffic, callers reach green by its
 * version, and green is asked what blue is asked. bake: green has the traffic, but for a control.
 */
export const switchSteps = ['prepare', 'preview', 'bake'] as const;

export type SwitchStep = (typeof switchSteps)[number];

/** What a person has said of the present step: the words. */
export interface GreenTold {
  /** The switch may come, as soon as the preview is over. */
  readonly approved?: string;
  /** Straight to the end, as soon as green is ready. */
  readonly straight?: string;
}

export function switchStepOf({ step }: Pick<Place, 'step'>): SwitchStep {
  return switchSteps[step] ?? 'bake';
}

export function greenShareOf({ controlBps = 0 }: Pick<BlueGreenStage, 'controlBps'>, at: Pick<Place, 'step'>): number {
  return switchStepOf(at) === 'bake' ? 10_000 - controlBps : 0;
}

/** In what evidence is told of the bake by. */
export const bakeStep = switchSteps.indexOf('bake');
