// Counts the change of a prediction's value wherever it counts: in its metric, in the ratios it is part of, or in what is known of its unit.
import { failureWorth, type Metric } from '@weir/contracts';
import { toFixed, type ValueChange } from '@weir/stats';
import { exclusionOf, inRollout, type Decision, type RolloutDecision } from './domain/decision';
import { type Metrics } from './domain/metrics';
import { type OpenBooks } from './open-books';

type Change = Pick<ValueChange, 'metric' | 'before' | 'after'>;

export function countValue(books: OpenBooks, metrics: Metrics, decision: Decision, change: Change): void {
  if (exclusionOf(decision) !== undefined) return;
  if (inRollout(decision)) countInRollout(books, metrics, decision, change);
  else if (decision.unit !== undefined) countPast(books, metrics, decision, change);
}

function countInRollout(books: OpenBooks, metrics: Metrics, decision: RolloutDecision, change: Change): void {
  const definition = metrics.of(decision, change.metric);
  const per = definition && 'per' in definition ? definition.per : undefined;
  const isFailure = decision.fallback === true && definition?.type !== 'output' && books.isOfBandit(decision);
  if (isFailure) countFailure(books, decision, { ...change, per }, definition);
  else books.value(decision, { ...change, per });
  const { before, after } = change;
  for (const { ratio, part } of metrics.partsOf(decision, change.metric))
    books.part(decision, { metric: ratio, part, before, after });
}

/** A bandit learns of arms what they do: what a fallback earned in an arm's place is that arm's failure, whatever it came to. */
function countFailure(
  books: OpenBooks,
  decision: RolloutDecision,
  change: Change & Pick<ValueChange, 'per'>,
  definition: Metric | undefined,
): void {
  const worth = definition && failureWorth(definition);
  const { before, after } = change;
  const as = (value: number | undefined): number | undefined => (value === undefined ? undefined : worth);
  if (worth !== undefined) books.value(decision, { ...change, before: as(before), after: as(after) });
  else if (before === undefined && after !== undefined) books.excluded(decision, change.metric, 'missing');
}

/** Of a metric whose absence counts as 0, predictions count when they come (countAwaited), not with their outcomes. */
function countPast(books: OpenBooks, metrics: Metrics, decision: Decision, { metric, before, after }: Change): void {
  const records = isAwaited(metrics, decision, metric) ? 0 : Number(after !== undefined) - Number(before !== undefined);
  books.past(decision, { metric, records, by: toFixed(after ?? 0) - toFixed(before ?? 0) });
}

/** A prediction outside all comparisons: for `missing: zero` it counts from now on, whatever comes of it. */
export function countAwaited(books: OpenBooks, metrics: Metrics, decision: Decision): void {
  if (inRollout(decision) || decision.unit === undefined || exclusionOf(decision) !== undefined) return;
  for (const metric of metrics.namesOf(decision))
    if (isAwaited(metrics, decision, metric)) books.past(decision, { metric, records: 1, by: 0n });
}

function isAwaited(metrics: Metrics, decision: Decision, metric: string): boolean {
  const definition = metrics.of(decision, metric);
  return definition !== undefined && definition.type !== 'output' && definition.missing === 'zero';
}
