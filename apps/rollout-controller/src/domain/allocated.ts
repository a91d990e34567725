// The last allocation of a bandit that was accepted, and what came of it.
import { type BanditAllocation } from '@weir/contracts';

/** Plain JSON. */
export interface Allocated extends BanditAllocation {
  /** Basis points of all arms, as the stage's bounds have let them be. */
  readonly weights: Readonly<Record<string, number>>;
}

/** As the outside sees it: what the arms get is told with the arms. */
export function allocationView({ weights: _, ...view }: Allocated): BanditAllocation {
  return view;
}
