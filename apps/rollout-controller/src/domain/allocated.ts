// The last allocation of a bandit that was accepted, and what came of it.
import { type BanditAllocation, type ContextualWeights } from '@weir/contracts';

/** Plain JSON. */
export interface Allocated extends BanditAllocation {
  /** Basis points of all arms, as the stage's bounds have let them be. */
  readonly weights: Readonly<Record<string, number>>;
  /** Of a contextual bandit: by which routers weigh the arms of each prediction. */
  readonly context?: ContextualWeights;
}

/** As the outside sees it: what the arms get is told with the arms. */
export function allocationView({ weights: _, context: _form, ...view }: Allocated): BanditAllocation {
  return view;
}
