// A row of a rollout's book as the event that announces it.
import { type Evidence } from '@weir/contracts';
import { type Row } from '@weir/stats';
import { type EvidenceWindow } from './evidence-window';

export function evidenceOf(
  of: { rollout: string; model: string },
  window: EvidenceWindow,
  row: Row & { sequence: number },
  final: boolean,
): Evidence {
  const { index, fromMs, toMs } = window;
  return {
    rollout: of.rollout,
    model: of.model,
    ...row.key,
    weights: { ...row.key.weights },
    window: { index, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
    // the closing row says more than the last open one: it needs a sequence of its own
    sequence: row.sequence + Number(final),
    final,
    ...row.sums,
  };
}
