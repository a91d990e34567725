// Bins that are cut once, by the first values of a reference, and stay: what is counted in them later adds up over time.
import { quantileEdges } from './binned';

/** edges: bin k holds the values with k edges not above them. categories: bin k is the k-th. One more bin holds whatever else comes. */
export type Bins = { readonly edges: readonly number[] } | { readonly categories: readonly string[] };

const mostCategories = 50;
const deciles = 10;

/** Deciles of numbers; else the 50 most frequent texts, of equally frequent ones the first in the order of code units. Values not empty. */
export function cutBins(values: readonly (number | string)[]): Bins {
  const numbers = values.filter((value): value is number => typeof value === 'number');
  const finite = numbers.filter(Number.isFinite);
  if (finite.length > 0 && numbers.length === values.length) return { edges: quantileEdges(finite, deciles) };
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const most = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, mostCategories);
  return { categories: most.map(([category]) => category) };
}

/** How many bins there are, the one for whatever else comes included. */
export function binsOf(bins: Bins): number {
  return 'edges' in bins ? bins.edges.length + 2 : bins.categories.length + 1;
}

/** The number of a value's bin; what is no finite number is in the last of edges. */
export function binItem(bins: Bins, value: number | string): number {
  if ('categories' in bins) {
    const place = bins.categories.indexOf(String(value));
    return place < 0 ? bins.categories.length : place;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return bins.edges.length + 1;
  const above = bins.edges.findIndex((edge) => edge > value);
  return above < 0 ? bins.edges.length : above;
}
