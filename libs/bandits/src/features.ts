// The features of a prediction that a contextual bandit declares: attributes as numbers.

/** One of some values, or a number within a range. */
export type Feature =
  | { readonly attribute: string; readonly values: readonly string[] }
  | { readonly attribute: string; readonly from: number; readonly to: number };

/** Numbers are told apart by so much of their range: contexts are finitely many, and what is worked out for one is kept. */
const steps = 64;

/**
 * 1, then for each feature a 1 at its value (none of them: zeros), or the number scaled to 0..1, to the nearest 64th (beyond: the end; none: the middle).
 */
export function featureVector(features: readonly Feature[], attributes: Readonly<Record<string, string>>): number[] {
  return [1, ...features.flatMap((feature) => partOf(feature, ownValue(attributes, feature.attribute)))];
}

/** The length of the vector. */
export function featureCount(features: readonly Feature[]): number {
  return featureVector(features, {}).length;
}

/** The same text for attributes of the same vector. */
export function contextKey(features: readonly Feature[], attributes: Readonly<Record<string, string>>): string {
  let key = '';
  for (const feature of features) key += `${placeOf(feature, ownValue(attributes, feature.attribute))} `;
  return key;
}

function partOf(feature: Feature, value: string | undefined): number[] {
  const place = placeOf(feature, value);
  return 'values' in feature ? feature.values.map((_, index) => (index === place ? 1 : 0)) : [place / steps];
}

/** Which of the values (-1: none of them), or which 64th of the range. */
function placeOf(feature: Feature, value: string | undefined): number {
  if ('values' in feature) return value === undefined ? -1 : feature.values.indexOf(value);
  const number = value === undefined || value.trim() === '' ? NaN : Number(value);
  if (!Number.isFinite(number)) return steps / 2;
  return Math.round(steps * Math.min(1, Math.max(0, (number - feature.from) / (feature.to - feature.from))));
}

function ownValue(attributes: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}
