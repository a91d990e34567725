// Takes outcomes over HTTP and Kafka. Each is judged on its own: a bad one does not refuse the rest.
import { createHash } from 'node:crypto';
import { RefusedRecords, type Chunk, type Received } from '@weir/bus';
import { formatPath, outcome, type OutcomeReported, type ReportOutcomesAnswer } from '@weir/contracts';
import { rejectionMessages } from './domain/judge-outcome';
import { type Incoming, type Receipt } from './domain/outcome';
import { type JoinOutcomes } from './join-outcome';
import { type Days, type Store, type Transactions, type Wake } from './ports';

export type Reported =
  | { readonly kind: 'answered'; readonly answer: ReportOutcomesAnswer }
  /** The key was used for another body. */
  | { readonly kind: 'key-reused' };

type Rejected = ReportOutcomesAnswer['rejected'][number];

interface Valid {
  readonly index: number;
  readonly outcome: OutcomeReported;
}

export class ReportOutcomes {
  constructor(
    private readonly transactions: Transactions,
    private readonly joins: JoinOutcomes,
    private readonly days: Days,
    private readonly wake: Wake,
    /** Milliseconds of a clock that never jumps. */
    private readonly steadyMs: () => number,
  ) {}

  /** Everything in one transaction: the outcomes, the totals, and the answer under the caller's key. */
  async report(rows: readonly unknown[], idempotencyKey?: string): Promise<Reported> {
    const arrivedMs = this.steadyMs();
    const { valid, rejected } = validate(rows);
    await this.days.forOutcomes(valid.map(({ outcome: one }) => one));
    const recalled = await this.joins.recall(valid.map(({ outcome: one }) => incomingOf(one, 0)));
    const bodySha256 = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
    const reported = await this.transactions.run(async (store): Promise<Reported> => {
      const earlier = idempotencyKey === undefined ? undefined : await store.claimKey(idempotencyKey, bodySha256);
      if (earlier) return replay(earlier, bodySha256);
      // the wait for a connection, or for a database that was slow, makes nobody late
      const arrivedAtMs = (await store.nowMs()) - (this.steadyMs() - arrivedMs);
      const receipts = await this.joins.join(
        store,
        valid.map(({ outcome: one }) => incomingOf(one, arrivedAtMs)),
        recalled,
      );
      const answer = answerOf(valid, receipts, rejected);
      if (idempotencyKey !== undefined) await store.keepAnswer(idempotencyKey, answer);
      await store.tally(rejected.map(() => ({ model: '', tallied: 'rejected', by: 1 })));
      return { kind: 'answered', answer };
    });
    this.wake();
    return reported;
  }

  /** What is refused here is not what its topic promises; a contradiction is filed with its state instead. */
  async consume(chunk: Chunk<OutcomeReported>): Promise<void> {
    refuse(chunk.records);
    await this.days.forOutcomes(chunk.records.map(({ event }) => event));
    const recalled = await this.joins.recall(chunk.records.map(fromKafka));
    await this.transactions.once(chunk, async (store: Store, fresh) => {
      await this.joins.join(store, fresh.map(fromKafka), recalled);
    });
    this.wake();
  }
}

function validate(rows: readonly unknown[]): { valid: Valid[]; rejected: Rejected[] } {
  const valid: Valid[] = [];
  const rejected: Rejected[] = [];
  rows.forEach((row, index) => {
    const parsed = outcome.safeParse(row);
    const problem = parsed.success ? problemOf(parsed.data) : describe(parsed.error.issues[0]);
    if (parsed.success && problem === undefined) valid.push({ index, outcome: parsed.data });
    else rejected.push({ index, code: 'invalid', message: problem ?? 'invalid' });
  });
  return { valid, rejected };
}

function describe(issue: { code: string; path: PropertyKey[]; message: string; keys?: string[] } | undefined): string {
  const path = [...(issue?.path ?? []), ...(issue?.code === 'unrecognized_keys' ? (issue.keys ?? []).slice(0, 1) : [])];
  return `${formatPath(path) || 'outcome'}: ${issue?.message ?? 'invalid'}`;
}

/** What the schema cannot say and the database cannot keep: text must be Unicode without U+0000. */
function problemOf({ value, id }: OutcomeReported): string | undefined {
  for (const [field, text] of Object.entries({ value, id }))
    if (typeof text === 'string' && /\0|\p{Surrogate}/u.test(text))
      return `${field}: text that is not Unicode, or holds U+0000`;
  return undefined;
}

function refuse(records: readonly Received<OutcomeReported>[]): void {
  const refusals = records.flatMap(({ event, record }) => {
    const message = problemOf(event);
    return message === undefined ? [] : [{ record, code: 'invalid', message }];
  });
  if (refusals.length > 0) throw new RefusedRecords(refusals);
}

function answerOf(
  valid: readonly Valid[],
  receipts: readonly Receipt[],
  invalid: readonly Rejected[],
): ReportOutcomesAnswer {
  const refused = receipts.flatMap(({ reason }, place): Rejected[] => {
    if (reason === undefined) return [];
    return [{ index: valid[place]?.index ?? 0, code: reason, message: rejectionMessages[reason] }];
  });
  const rejected = [...invalid, ...refused].sort((a, b) => a.index - b.index);
  return { accepted: valid.length - refused.length, rejected };
}

function replay(earlier: { bodySha256: string; answer: unknown }, bodySha256: string): Reported {
  if (earlier.bodySha256 !== bodySha256) return { kind: 'key-reused' };
  return { kind: 'answered', answer: earlier.answer as ReportOutcomesAnswer };
}

function incomingOf(one: OutcomeReported, arrivedAtMs: number): Incoming {
  return { outcome: one, arrivedAt: new Date(arrivedAtMs).toISOString(), source: 'http' };
}

function fromKafka({ event, record }: Received<OutcomeReported>): Incoming {
  return { outcome: event, arrivedAt: new Date(record.timestampMs).toISOString(), source: 'kafka' };
}
