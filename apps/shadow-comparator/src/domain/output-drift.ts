// How far the outputs of a shadow lie from stable's: in total and by segment.
import { measureDrift, type Bins, type MeasuredDrift } from '@weir/stats';
import { type Profile } from './profile';

export interface OutputDrift extends MeasuredDrift {
  readonly output: string;
  /** Undefined: in total. */
  readonly segment?: string;
  readonly bins: Bins;
}

/** PSI and distance guide; nothing is decided by them. */
const alpha = 0.01;

/** Outputs whose bins are cut. */
export function driftsOf({ outputs }: Profile): OutputDrift[] {
  return Object.entries(outputs).flatMap(([output, profile]) => {
    if ('first' in profile) return [];
    const { bins, counts } = profile;
    return Object.entries(counts).map(([segment, { stable, shadow }]) => ({
      output,
      ...(segment !== '' && { segment }),
      ...measureDrift({ reference: stable, current: shadow, ordered: 'edges' in bins }, alpha),
      bins,
    }));
  });
}
