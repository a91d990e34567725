// What of an output is distributed over predictions: numbers, or labels.
import { type Comparison } from '@weir/contracts';
import { labelsOf } from './compare-labels';
import { type Output } from './decode-answer';

export type Item = number | string;

export interface Items {
  readonly stable: readonly Item[];
  readonly shadow: readonly Item[];
}

/** Of one answer so many count: a long vector is not a distribution of answers. */
const mostItems = 100;
const longest = 64;

/** Nothing of rankings and texts, nor of outputs that only one answer has or no rule looks into. */
export function itemsOf(
  stable: Output | undefined,
  shadow: Output | undefined,
  rule: Comparison | 'structure',
): Items | undefined {
  if (!stable || !shadow || rule === 'structure') return undefined;
  if (typeof rule === 'object' && (rule.ranking !== undefined || rule.text !== undefined)) return undefined;
  const label = typeof rule === 'object' ? rule.label : rule === 'label' ? 'value' : undefined;
  const read = (output: Output): Item[] =>
    (label === undefined ? output.values : labelsOf(output, label)).slice(0, mostItems).map(itemOf);
  return { stable: read(stable), shadow: read(shadow) };
}

function itemOf(value: unknown): Item {
  if (typeof value === 'number') return value;
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, longest);
}
