// Outcomes that waited for their prediction, now that it is there.
import { judgeOutcome } from './domain/judge-outcome';
import { type Decision } from './domain/decision';
import { receiptKey, type Receipt } from './domain/outcome';
import { type TallyChange } from './domain/tally';
import { type Metrics } from './domain/metrics';
import { type Arrival } from './settle-outcomes';

/** Oldest first. An orphan whose prediction comes after all is late: its time was over. */
export function matchPending(
  receipts: readonly Receipt[],
  decisions: ReadonlyMap<string, Decision>,
  metrics: Metrics,
): Arrival[] {
  const matched: Arrival[] = [];
  const placeOf = new Map<string, number>();
  for (const waiting of receipts) {
    const decision = decisions.get(waiting.predictionId);
    if (!decision) continue;
    const metric = metrics.of(decision, waiting.metric);
    const receipt = judged(waiting, decision, metric);
    const key = receiptKey(waiting);
    const before = matched[placeOf.get(key) ?? -1];
    if (receipt.state === 'joined') {
      // a revision that waited beside what it revises
      if (before) matched[placeOf.get(key) ?? -1] = { ...before, receipt: { ...before.receipt, replaced: true } };
      placeOf.set(key, matched.length);
    }
    matched.push({ receipt, decision, metric });
  }
  return matched;
}

function judged(waiting: Receipt, decision: Decision, metric: Arrival['metric']): Receipt {
  const { model } = decision;
  if (waiting.state === 'orphan') return { ...waiting, model, state: 'late' };
  if (waiting.state !== 'pending') return { ...waiting, model }; // a repeat of one that waited
  const judgement = judgeOutcome(waiting, waiting.arrivedAt, decision, metric);
  return { ...waiting, reason: undefined, counted: undefined, ...judgement, model };
}

/** Out of the totals of nobody's outcomes, into those of the model. */
export function matchTallies(before: readonly Receipt[], matched: readonly Arrival[]): TallyChange[] {
  const states = new Map(before.map((receipt) => [`${receiptKey(receipt)} ${receipt.attempt}`, receipt.state]));
  return matched.flatMap(({ receipt, decision: { model }, metric }): TallyChange[] => {
    const was = states.get(`${receiptKey(receipt)} ${receipt.attempt}`) ?? 'pending';
    const unknown: TallyChange[] =
      !metric && receipt.state === 'joined' ? [{ model, tallied: 'unknown-metric', by: 1 }] : [];
    return [{ model: '', tallied: was, by: -1 }, { model, tallied: receipt.state, by: 1 }, ...unknown];
  });
}
