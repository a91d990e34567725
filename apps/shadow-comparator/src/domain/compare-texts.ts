// Texts: as they are, as a reader sees them, or by how much of them stays.
import { type Output } from './decode-answer';
import { type Judged } from './judged';

export type TextRule = 'exact' | 'normalised' | { readonly similarity: number };

/** Of longer texts their first characters are compared: the work grows with the square. */
export const mostCharacters = 2_000;

/** Told is the least similarity of the items. */
export function compareTexts(stable: Output, shadow: Output, rule: TextRule): Judged {
  const least = typeof rule === 'object' ? rule.similarity : 1;
  const read = rule === 'exact' ? (value: unknown) => textOf(value) : (value: unknown) => normalised(textOf(value));
  const items = stable.values.map((value, index) => {
    const [a, b] = [read(value), read(shadow.values[index])];
    const similarity = a === b ? 1 : similarityOf(a, b);
    return { similarity, differs: typeof rule === 'object' ? similarity < least : a !== b };
  });
  const differing = items.filter(({ differs }) => differs).length;
  return {
    rule: 'text',
    ...(differing > 0 && { difference: 'text' }),
    ...{ differing, items: items.length },
    similarity: Math.min(1, ...items.map(({ similarity }) => similarity)),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

export function normalised(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** 1 - edits / length of the longer, characters being Unicode's code points. */
export function similarityOf(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => [...text].slice(0, mostCharacters)) as [string[], string[]];
  const longer = Math.max(x.length, y.length);
  return longer === 0 ? 1 : 1 - editDistance(x, y) / longer;
}

/** Levenshtein's: characters put in, taken out or replaced. What both begin and end with costs nothing. */
export function editDistance(a: readonly string[], b: readonly string[]): number {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  let row = Array.from({ length: endB - start + 1 }, (_, index) => index);
  for (let i = start; i < endA; i += 1) {
    const next = [i - start + 1];
    for (let j = start; j < endB; j += 1) {
      const place = j - start;
      const replaced = (row[place] ?? 0) + Number(a[i] !== b[j]);
      next.push(Math.min(replaced, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
