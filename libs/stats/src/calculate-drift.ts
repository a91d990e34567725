// The calculator `drift`: how far the distribution of a value has moved from a reference.
import { firstBroken, type Calculated, type Refusal, type Rule } from './calculated';
import { binByReference, shares, type Histogram } from './drift/binned';
import { hellinger, jensenShannon, populationStability } from './drift/divergence';
import { binnedDistance, kolmogorovSmirnov } from './drift/kolmogorov-smirnov';
import { binnedWasserstein, wasserstein } from './drift/wasserstein';

export type DriftMethod = 'psi' | 'ks' | 'hellinger' | 'jensen-shannon' | 'wasserstein';

/** Values, or counts by bin: one edge more than counts, or one less where the first and last bin are open. */
export type DriftSample = readonly number[] | Histogram;

export interface DriftQuestion {
  readonly reference: DriftSample;
  /** In the same form; counts with the same edges. */
  readonly current: DriftSample;
  readonly method: DriftMethod;
  /** Of values, for psi, hellinger and jensen-shannon: default 10. */
  readonly bins?: number | undefined;
}

export interface DriftAnswer {
  readonly method: DriftMethod;
  /** wasserstein: in the values' unit; ks of counts: a lower bound of that of the values. */
  readonly value: number;
  /** Of ks on values: small samples exactly. At a million values every p is 0; the value says how much. */
  readonly pValue?: number;
  /** Compared; fewer than asked for where values of the reference are tied. None for ks and wasserstein of values. */
  readonly bins?: number;
}

export function driftCalculator(question: DriftQuestion): Calculated<DriftAnswer> {
  const { reference, current, method, bins = 10 } = question;
  const refused = refusal({ reference, current, method, bins });
  if (refused) return refused;
  if ('counts' in reference && 'counts' in current) return finite(ofCounts(method, reference, current));
  if ('counts' in reference || 'counts' in current) return { ok: false, field: 'current', message: sameForm };
  return finite(ofValues(method, reference, current, bins));
}

function finite(answer: DriftAnswer): Calculated<DriftAnswer> {
  if (Number.isFinite(answer.value)) return { ok: true, answer };
  return { ok: false, field: 'current', message: 'is too far from reference for a distance to be computed' };
}

function ofValues(
  method: DriftMethod,
  reference: readonly number[],
  current: readonly number[],
  bins: number,
): DriftAnswer {
  if (method === 'ks') return { method, ...kolmogorovSmirnov(reference, current) };
  if (method === 'wasserstein') return { method, value: wasserstein(reference, current) };
  const binned = binByReference(reference, current, bins);
  return { method, value: divergences[method](binned), bins: binned.reference.length };
}

function ofCounts(method: DriftMethod, reference: Histogram, current: Histogram): DriftAnswer {
  const bins = reference.counts.length;
  if (method === 'wasserstein') return { method, value: binnedWasserstein(reference, current), bins };
  const binned = { reference: shares(reference.counts), current: shares(current.counts) };
  return { method, value: method === 'ks' ? binnedDistance(binned) : divergences[method](binned), bins };
}

const divergences = { psi: populationStability, hellinger, 'jensen-shannon': jensenShannon };

const sameForm = 'must be of the same form as reference: values, or counts with the same edges';

function refusal({ reference, current, method, bins }: Required<DriftQuestion>): Refusal | null {
  const methods: readonly string[] = [...Object.keys(divergences), 'ks', 'wasserstein'];
  return firstBroken([
    ['method', methods.includes(method), 'must be psi, ks, hellinger, jensen-shannon or wasserstein'],
    ['bins', Number.isSafeInteger(bins) && bins >= 2 && bins <= 1000, 'must be a whole number from 2 to 1000'],
    ...sampleRules('reference', reference, method),
    ...sampleRules('current', current, method),
    ['current', 'counts' in reference === 'counts' in current, sameForm],
    ['current.edges', sameEdges(reference, current), 'must be the edges of reference'],
  ]);
}

function sampleRules(path: string, sample: DriftSample, method: DriftMethod): Rule[] {
  if (!('counts' in sample)) {
    const wrong = sample.findIndex((value) => !Number.isFinite(value));
    return [
      [path, sample.length > 0, 'must hold a value'],
      [`${path}.${wrong}`, wrong < 0, 'must be a number'],
    ];
  }
  const { edges, counts } = sample;
  const wrong = counts.findIndex((count) => !(count >= 0 && Number.isFinite(count)));
  const unordered = edges.findIndex((edge, k) => !Number.isFinite(edge) || (k > 0 && edge <= (edges[k - 1] ?? NaN)));
  const open = edges.length === counts.length - 1 && method !== 'wasserstein';
  const lengths =
    method === 'wasserstein' ? 'one more than counts' : 'one more than counts, or one less with open ends';
  return [
    [`${path}.counts.${wrong}`, wrong < 0, 'must be a number, 0 or more'],
    [`${path}.counts`, counts.some((count) => count > 0), 'must hold a count above 0'],
    [`${path}.edges`, edges.length === counts.length + 1 || open, `must be ${lengths}`],
    [`${path}.edges.${unordered}`, unordered < 0, 'must be above the edge before it'],
  ];
}

function sameEdges(reference: DriftSample, current: DriftSample): boolean {
  if (!('counts' in reference && 'counts' in current)) return true;
  return (
    reference.edges.length === current.edges.length && reference.edges.every((edge, k) => edge === current.edges[k])
  );
}
