// The features of a prediction that a contextual bandit declares: attributes as numbers.

/** One of some values, or a number within a range. */
export type Feature =
  | { readonly attribute: string; readonly values: readonly string[] }
  | { readonly attribute: string; readonly from: number; readonly to: number };

/** 1, then for each feature a 1 at its value (none of them: zeros), or the number scaled to 0..1 (beyond: the end; none: the middle). */
export function featureVector(features: readonly Feature[], attributes: Readonly<Record<string, string>>): number[] {
  return [1, ...features.flatMap((feature) => partOf(feature, ownValue(attributes, feature.attribute)))];
}

/** The length of the vector. */
export function featureCount(features: readonly Feature[]): number {
  return featureVector(features, {}).length;
}

function partOf(feature: Feature, value: string | undefined): number[] {
  if ('values' in feature) return feature.values.map((each) => (each === value ? 1 : 0));
  const number = value === undefined || value.trim() === '' ? NaN : Number(value);
  if (!Number.isFinite(number)) return [0.5];
  return [Math.min(1, Math.max(0, (number - feature.from) / (feature.to - feature.from)))];
}

function ownValue(attributes: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}
