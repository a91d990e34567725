// The window of evidence that an attempt counts into, and the rows that it ends as. One is open at a time.
import { type Evidence } from '@weir/contracts';
import { toldSums, type Row, type RowKey } from '@weir/stats';
import { metricOf } from './count-comparison';
import { type BinsOf } from './profile-bins';

/** Covers fromMs <= instant < toMs, milliseconds since the epoch. */
export interface EvidenceWindow {
  readonly index: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The window of an instant, given the one before it: aligned, never overlapping; a new width waits for the next. */
export function windowAt(instantMs: number, windowMs: number, last?: EvidenceWindow): EvidenceWindow {
  if (last && instantMs < last.toMs) return last;
  const alignedMs = Math.floor(instantMs / windowMs) * windowMs;
  const fromMs = Math.max(alignedMs, last?.toMs ?? 0);
  return { index: Math.floor(fromMs / Math.min(windowMs, 1_000)), fromMs, toMs: alignedMs + windowMs };
}

/** Everything that a window holds, once it is over: each row says how many there are. */
export function evidenceOf(
  of: { readonly rollout: string; readonly attempt: number; readonly model: string },
  { index, fromMs, toMs }: EvidenceWindow,
  rows: readonly Row[],
  binsOf: BinsOf,
): Evidence[] {
  const window = {
    ...{ index, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
    rows: rows.length,
  };
  return rows.map(({ key, sums }): Evidence => {
    const { rollout, attempt, model } = of;
    return {
      source: 'comparator',
      ...{ rollout, attempt, model },
      ...{ ...key, ...metricOf(key.metric), weights: { ...key.weights } },
      ...(sums.histogram && binsField(key, binsOf)),
      ...{ window, sequence: 1, final: true, ...toldSums(sums) },
    };
  });
}

/** The rows of stable's side name the same pair. */
function binsField({ stage, arm, weights, metric }: RowKey, binsOf: BinsOf): Pick<Evidence, 'bins'> {
  const { output = '' } = metricOf(metric);
  const found = [arm, ...Object.keys(weights)].map((version) => binsOf(stage, version, output)).find((bins) => bins);
  if (!found) return {};
  return { bins: 'edges' in found ? { edges: [...found.edges] } : { categories: [...found.categories] } };
}
