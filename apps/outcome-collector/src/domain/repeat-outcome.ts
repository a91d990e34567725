// An identity reported again: the same, a revision, or a contradiction.
import { type OutcomeReported } from '@weir/contracts';
import { type Receipt } from './outcome';

export type Repeat =
  /** Nothing stands under this identity (what came before was rejected): it counts as the first. */
  | { readonly kind: 'first' }
  | { readonly kind: 'duplicate' }
  /** A greater revision with another value: takes the place of `head`. */
  | { readonly kind: 'replaces'; readonly head: Receipt }
  | { readonly kind: 'conflict' };

export function repeatOf(history: readonly Receipt[], outcome: OutcomeReported): Repeat {
  const head = history.findLast(
    (receipt) => !receipt.replaced && receipt.state !== 'duplicate' && receipt.state !== 'rejected',
  );
  if (!head) return { kind: 'first' };
  if (head.value === outcome.value) return { kind: 'duplicate' };
  return (outcome.revision ?? 0) > head.revision ? { kind: 'replaces', head } : { kind: 'conflict' };
}
