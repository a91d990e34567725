// Labels: which class each item got from either version, and how they flipped.
import { type Output } from './decode-answer';
import { type Flip, type Judged } from './judged';

/** Labels are told by this many characters. */
const longest = 64;

/** `argmax`: an item's label is the place of the greatest of its row; the first where several are. */
export function compareLabels(stable: Output, shadow: Output, by: 'value' | 'argmax'): Judged {
  const [a, b] = [labelsOf(stable, by), labelsOf(shadow, by)];
  const counts = new Map<string, Flip>();
  let differing = 0;
  a.forEach((from, index) => {
    const to = b[index] ?? '';
    if (from !== to) differing += 1;
    const flip = { from: from.slice(0, longest), to: to.slice(0, longest) };
    const key = JSON.stringify([flip.from, flip.to]);
    counts.set(key, { ...flip, count: (counts.get(key)?.count ?? 0) + 1 });
  });
  return {
    rule: 'label',
    ...(differing > 0 && { difference: 'label' }),
    ...{ differing, items: a.length, flips: [...counts.values()] },
  };
}

export function labelsOf({ values, width }: Output, by: 'value' | 'argmax'): string[] {
  if (by === 'value') return values.map(textOf);
  return Array.from({ length: Math.ceil(values.length / width) }, (_, item) => {
    const row = values.slice(item * width, (item + 1) * width).map(Number);
    return String(row.indexOf(Math.max(...row)));
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
