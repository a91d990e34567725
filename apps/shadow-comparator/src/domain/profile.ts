// What is remembered of a stage and shadow while it runs: the segments told apart, and how the outputs of both are distributed.
import { admitSegment as admit } from '@weir/contracts';
import { binItem, binsOf, cutBins, type Bins } from '@weir/stats';
import { type Item, type Items } from './output-items';

/** Items by the number of their bin. */
export interface Counts {
  readonly stable: number[];
  readonly shadow: number[];
}

/** `first`: stable's first items, until there are enough to cut bins; what is counted afterwards, in total (`''`) and by segment. */
export type OutputProfile =
  { readonly first: Item[] } | { readonly bins: Bins; readonly counts: Record<string, Counts> };

export interface Profile {
  readonly segments: string[];
  readonly outputs: Record<string, OutputProfile>;
}

export interface BinnedItems {
  readonly output: string;
  readonly stable: readonly number[];
  readonly shadow: readonly number[];
}

const mostOutputs = 20;
const firstItems = 1_000;

export const emptyProfile = (): Profile => ({ segments: [], outputs: {} });

/** The segment as it is told. */
export function admitSegment({ segments }: Profile, segment: string | undefined): string | undefined {
  return segment === undefined ? undefined : admit(segments, segment);
}

/** Takes the items of one pair in; those that are counted, by their bins. Both versions are counted from the same pair on. */
export function observeItems(
  { outputs }: Profile,
  segment: string | undefined,
  items: Readonly<Record<string, Items>>,
): BinnedItems[] {
  return Object.entries(items).flatMap(([output, of]) => {
    const known = outputs[output] ?? (Object.keys(outputs).length < mostOutputs ? { first: [] } : undefined);
    if (!known) return [];
    if ('first' in known) {
      outputs[output] = sampled(known.first, of.stable);
      return [];
    }
    const binned = { output, stable: of.stable.map(bin(known.bins)), shadow: of.shadow.map(bin(known.bins)) };
    for (const key of segment === undefined ? [''] : ['', segment]) {
      const counts = (known.counts[key] ??= { stable: zeros(known.bins), shadow: zeros(known.bins) });
      add(counts.stable, binned.stable);
      add(counts.shadow, binned.shadow);
    }
    return [binned];
  });
}

/** What is no finite number cuts no bins: it has one of its own. */
function sampled(first: Item[], items: readonly Item[]): OutputProfile {
  first.push(...items.filter((item) => typeof item === 'string' || Number.isFinite(item)));
  return first.length < firstItems ? { first } : { bins: cutBins(first), counts: {} };
}

const bin =
  (bins: Bins) =>
  (item: Item): number =>
    binItem(bins, item);

const zeros = (bins: Bins): number[] => Array.from({ length: binsOf(bins) }, () => 0);

function add(counts: number[], bins: readonly number[]): void {
  for (const place of bins) counts[place] = (counts[place] ?? 0) + 1;
}
