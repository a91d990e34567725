// What a rule says of one output: which difference it found, with its numbers.
import { type ComparedOutput } from '@weir/contracts';

/** Matched where `difference` is absent. */
export type Judged = Omit<ComparedOutput, 'verdict' | 'stable' | 'shadow'> & {
  /** Labels only: how often stable said the one and the shadow the other, equal ones included. */
  readonly flips?: readonly Flip[];
};

export interface Flip {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}
