// The window of evidence that an attempt counts into, and the rows that it ends as. One is open at a time.
import { type Evidence } from '@weir/contracts';
import { toldSums, type Row } from '@weir/stats';
import { metricOf } from './count-comparison';

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
      ...{ window, sequence: 1, final: true, ...toldSums(sums) },
    };
  });
}
