// Takes outcomes over HTTP and Kafka. Each is judged on its own: a bad one does not refuse the rest.
import { createHash } from 'node:crypto';
import { classifyError, RefusedRecords, type Chunk, type Received } from '@weir/bus';
import { type OutcomeReported, type ReportOutcomesAnswer } from '@weir/contracts';
import { rejectionMessages } from './domain/judge-outcome';
import { type Incoming, type Receipt } from './domain/outcome';
import { problemOf, validate, type Rejected, type Valid } from './domain/validate-outcomes';
import { GatherCalls } from './gather-calls';
import { type JoinOutcomes } from './join-outcome';
import { type Answered, type Days, type Store, type Transactions, type Wake } from './ports';

export type Reported =
  | { readonly kind: 'answered'; readonly answer: ReportOutcomesAnswer }
  /** The key was used for another body. */
  | { readonly kind: 'key-reused' };

interface Call {
  readonly valid: readonly Valid[];
  readonly rejected: readonly Rejected[];
  readonly idempotencyKey: string | undefined;
  readonly bodySha256: string;
  /** When the call came in, by the steady clock. */
  readonly arrivedMs: number;
}

type KeyedCall = Call & { readonly idempotencyKey: string };

/** Outcomes in one transaction, and calls that may wait for the next. */
const mostOutcomes = 1_000;
const mostWaitingCalls = 5_000;

export class ReportOutcomes {
  private readonly gathered: GatherCalls<Call, Reported>;

  constructor(
    private readonly transactions: Transactions,
    private readonly joins: JoinOutcomes,
    private readonly days: Days,
    private readonly wake: Wake,
    /** Milliseconds of a clock that never jumps. */
    private readonly steadyMs: () => number,
  ) {
    this.gathered = new GatherCalls({
      work: (calls) => this.reportTogether(calls),
      weigh: ({ valid }) => 1 + valid.length,
      mostWeight: mostOutcomes,
      keyOf: ({ idempotencyKey }) => idempotencyKey,
      mostWaiting: mostWaitingCalls,
      isOneCallsFault: (error) => classifyError(error).kind === 'bug',
    });
  }

  /** Taken together with other calls that wait. @throws OverloadedError. */
  report(rows: readonly unknown[], idempotencyKey?: string): Promise<Reported> {
    const bodySha256 = createHash('sha256').update(JSON.stringify(rows)).digest('hex');
    return this.gathered.add({ ...validate(rows), idempotencyKey, bodySha256, arrivedMs: this.steadyMs() });
  }

  /** Everything in one transaction: the outcomes, the totals, and the answers under the callers' keys. */
  private async reportTogether(calls: readonly Call[]): Promise<readonly Reported[]> {
    await this.days.forOutcomes(calls.flatMap(({ valid }) => valid.map(({ outcome: one }) => one)));
    const recalled = await this.joins.recall(calls.flatMap((call) => incomingOf(call, 0)));
    const reported = await this.transactions.run(async (store) => {
      const keyed = calls.filter(hasKey);
      const earlier = await store.claimKeys(keyed);
      const fresh = calls.filter(({ idempotencyKey = '' }) => !earlier.has(idempotencyKey));
      // the wait for a connection, or for a database that was slow, makes nobody late
      const behindMs = (await store.nowMs()) - this.steadyMs();
      const incoming = fresh.map((call) => incomingOf(call, behindMs + call.arrivedMs));
      const receipts = [...(await this.joins.join(store, incoming.flat(), recalled))];
      const answers = new Map(fresh.map((call) => [call, answerOf(call, receipts.splice(0, call.valid.length))]));
      await store.keepAnswers(
        keyed.flatMap((call) => {
          const answer = answers.get(call);
          return answer ? [{ key: call.idempotencyKey, answer }] : [];
        }),
      );
      const refused = fresh.flatMap(({ rejected }) => rejected);
      await store.tally(refused.map(() => ({ model: '', tallied: 'rejected', by: 1 })));
      return calls.map((call): Reported => {
        const answer = answers.get(call);
        return answer ? { kind: 'answered', answer } : replay(earlier, call);
      });
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

function refuse(records: readonly Received<OutcomeReported>[]): void {
  const refusals = records.flatMap(({ event, record }) => {
    const message = problemOf(event);
    return message === undefined ? [] : [{ record, code: 'invalid', message }];
  });
  if (refusals.length > 0) throw new RefusedRecords(refusals);
}

function hasKey(call: Call): call is KeyedCall {
  return call.idempotencyKey !== undefined;
}

function answerOf({ valid, rejected: invalid }: Call, receipts: readonly Receipt[]): ReportOutcomesAnswer {
  const refused = receipts.flatMap(({ state, reason }, place): Rejected[] => {
    if (state !== 'rejected' || !reason) return [];
    return [{ index: valid[place]?.index ?? 0, code: reason, message: rejectionMessages[reason] }];
  });
  const rejected = [...invalid, ...refused].sort((a, b) => a.index - b.index);
  return { accepted: valid.length - refused.length, rejected };
}

function replay(earlier: ReadonlyMap<string, Answered>, { idempotencyKey = '', bodySha256 }: Call): Reported {
  const answered = earlier.get(idempotencyKey);
  if (answered?.bodySha256 !== bodySha256) return { kind: 'key-reused' };
  return { kind: 'answered', answer: answered.answer as ReportOutcomesAnswer };
}

function incomingOf({ valid }: Call, arrivedAtMs: number): Incoming[] {
  const arrivedAt = new Date(arrivedAtMs).toISOString();
  return valid.map(({ outcome: one }) => ({ outcome: one, arrivedAt, source: 'http' }));
}

function fromKafka({ event, record }: Received<OutcomeReported>): Incoming {
  return { outcome: event, arrivedAt: new Date(record.timestampMs).toISOString(), source: 'kafka' };
}
