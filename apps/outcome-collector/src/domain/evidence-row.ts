// A row of a rollout's book as the event that announces it.
import { type Evidence } from '@weir/contracts';
import { toldSums, type Row } from '@weir/stats';
import { type RolloutAttempt } from './decision';
import { type EvidenceWindow } from './evidence-window';

/** @param finalRows of a window that is over: how many rows it has in all; undefined while it is open. */
export function evidenceOf(
  of: RolloutAttempt & { readonly model: string },
  window: EvidenceWindow,
  row: Row & { sequence: number },
  finalRows: number | undefined,
): Evidence {
  const { index, fromMs, toMs } = window;
  const final = finalRows !== undefined;
  return {
    rollout: of.rollout,
    attempt: of.attempt,
    model: of.model,
    ...row.key,
    weights: { ...row.key.weights },
    window: {
      ...{ index, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
      ...(final && { rows: finalRows }),
    },
    // the closing row says more than the last open one: it needs a sequence of its own
    sequence: row.sequence + Number(final),
    final,
    ...toldSums(row.sums),
  };
}
