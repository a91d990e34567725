// Outcomes that met their prediction change what it counts for: evidence, and the announcement.
import { toRecord } from '@weir/bus';
import { asMade, outcomeJoined, type Metric, type OutcomeJoined } from '@weir/contracts';
import { countValue } from './count-value';
import { combineValues } from './domain/combine-values';
import { exclusionOf, inRollout, type Decision } from './domain/decision';
import { joinedEvent } from './domain/joined-event';
import { metricsIn, type Metrics } from './domain/metrics';
import { receiptKey, type Receipt } from './domain/outcome';
import { type OpenBooks } from './open-books';
import { type Store } from './ports';

const announced = asMade(outcomeJoined);

/** An outcome beside the decision that it belongs to, judged. */
export interface Arrival {
  readonly receipt: Receipt;
  readonly decision: Decision;
  readonly metric: Metric | undefined;
}

export async function metricsOf(store: Store, decisions: Iterable<Decision>): Promise<Metrics> {
  return metricsIn(await store.policies([...new Set([...decisions].map(({ model }) => model))]));
}

/** Called under the lock of the rollouts: what stands is read after it. Gives the arrivals as they are to be kept. */
export async function settleOutcomes(
  store: Store,
  books: OpenBooks,
  arrivals: readonly Arrival[],
  metrics: Metrics,
): Promise<readonly Arrival[]> {
  for (const arrival of arrivals) countGap(books, arrival);
  const joined = arrivals.filter(counts);
  if (joined.length === 0) return arrivals;
  const standing = await standingBeside(store, arrivals, joined);
  const settled = arrivals.map((arrival) => overtaken(arrival, standing));
  const counted = settled.filter(counts);
  const immature = await store.immature(counted.filter(waits).map(({ receipt }) => receipt));
  const events: OutcomeJoined[] = [];
  for (const group of groupsOf(counted, standing)) {
    if (immature.has(`${group.decision.predictionId} ${group.arrivals[0]?.receipt.metric}`)) continue;
    countGroup(books, group, metrics);
    for (const { receipt } of group.arrivals)
      events.push(
        joinedEvent(group.decision, { state: 'joined', receipt, value: receipt.counted ?? 0 }, books.countedAt),
      );
  }
  await announceJoined(store, events);
  return settled;
}

function counts({ receipt }: Arrival): boolean {
  return receipt.counted !== undefined && !receipt.replaced;
}

/** Some of the arrivals are written already; what stood is the rest. */
async function standingBeside(
  store: Store,
  arrivals: readonly Arrival[],
  joined: readonly Arrival[],
): Promise<readonly Receipt[]> {
  const own = new Set(arrivals.map(({ receipt }) => `${receiptKey(receipt)} ${receipt.attempt}`));
  const standing = await store.standing(joined.map(({ receipt }) => receipt));
  return standing.filter((receipt) => !own.has(`${receiptKey(receipt)} ${receipt.attempt}`));
}

/** What waited for its prediction while a greater revision of it met the prediction first: that one stands. */
function overtaken(arrival: Arrival, standing: readonly Receipt[]): Arrival {
  const { receipt } = arrival;
  const isOvertaken = standing.some(
    (other) => receiptKey(other) === receiptKey(receipt) && other.revision > receipt.revision,
  );
  return isOvertaken ? { ...arrival, receipt: { ...receipt, replaced: true } } : arrival;
}

export async function announceJoined(store: Store, events: readonly OutcomeJoined[]): Promise<void> {
  await store.publish(events.map((event) => toRecord(announced, event, { source: 'outcome-collector' })));
}

/** Does the metric of a decision count when its time is over? */
export function countsAtMaturity(decision: Decision, metric: Metric | undefined): boolean {
  if (!metric || metric.type === 'output' || metric.missing !== 'zero') return false;
  return inRollout(decision) && exclusionOf(decision) === undefined;
}

function waits({ decision, metric }: Arrival): boolean {
  return countsAtMaturity(decision, metric);
}

/** What was seen and counts for nothing: late, no captured answer to judge, or a decision that is never evidence. */
function countGap(books: OpenBooks, { receipt, decision, metric }: Arrival): void {
  if (!metric || !inRollout(decision) || (receipt.state !== 'joined' && receipt.state !== 'late')) return;
  const exclusion = exclusionOf(decision);
  if (exclusion) books.excluded(decision, receipt.metric, exclusion);
  else if (receipt.state === 'late') books.excluded(decision, receipt.metric, 'late');
  else if (receipt.counted === undefined) books.excluded(decision, receipt.metric, 'missing');
}

/** One item of one prediction, and one metric: what stood, and what came. */
interface Group {
  readonly decision: Decision;
  readonly metric: Metric;
  readonly standing: readonly Receipt[];
  readonly arrivals: Arrival[];
}

function groupsOf(arrivals: readonly Arrival[], standing: readonly Receipt[]): Iterable<Group> {
  const stood = new Map<string, Receipt[]>();
  for (const receipt of standing) stood.set(groupKey(receipt), [...(stood.get(groupKey(receipt)) ?? []), receipt]);
  const groups = new Map<string, Group>();
  for (const arrival of arrivals) {
    const { receipt, decision, metric } = arrival;
    if (!metric) continue;
    const key = groupKey(receipt);
    const group = groups.get(key);
    if (group) group.arrivals.push(arrival);
    else groups.set(key, { decision, metric, standing: stood.get(key) ?? [], arrivals: [arrival] });
  }
  return groups.values();
}

function groupKey({ predictionId, metric, item }: Receipt): string {
  return `${predictionId} ${metric} ${item ?? ''}`;
}

function countGroup(books: OpenBooks, { decision, metric, standing, arrivals }: Group, metrics: Metrics): void {
  const values = new Map(standing.map((receipt) => [receipt.identity, receipt.counted ?? 0]));
  const before = combineValues(metric, [...values.values()]);
  for (const { receipt } of arrivals) values.set(receipt.identity, receipt.counted ?? 0); // a revision keeps its place
  const after = combineValues(metric, [...values.values()]);
  const { metric: name } = arrivals[0]?.receipt ?? { metric: '' };
  // a zero metric that was counted before this came counted as 0 at least
  const known = countsAtMaturity(decision, metric) ? (before ?? 0) : before;
  countValue(books, metrics, decision, { metric: name, before: known, after });
}
