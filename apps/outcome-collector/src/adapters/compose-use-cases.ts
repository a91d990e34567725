// The use cases over a database: what app.module.ts wires to Kafka and HTTP, and specs call directly.
import { type Ledger } from '@weir/bus';
import { type DataSource } from 'typeorm';
import { AwaitPolicy } from '../await-policy';
import { CountEvidence } from '../count-evidence';
import { ExpireOutcomes } from '../expire-outcomes';
import { FollowPolicy } from '../follow-policy';
import { JoinOutcomes } from '../join-outcome';
import { LookBack } from '../look-back';
import { type AppliedUpTo, type DecisionCache, type Wake } from '../ports';
import { PublishEvidence } from '../publish-evidence';
import { RecordPredictions } from '../record-prediction';
import { RememberBooks } from '../remember-books';
import { ReportOutcomes } from '../report-outcome';
import { SettleDecided } from '../settle-decided';
import { PostgresDays } from './postgres/days';
import { PostgresTransactions } from './postgres/postgres-transactions';

/** Open windows are published this often; the controller's verdicts are as fresh. */
export const publishEveryMs = 250;
const leastWaitForPolicyMs = 5_000;

export interface Composition {
  readonly dataSource: DataSource;
  readonly ledger: Ledger;
  readonly decisions: DecisionCache;
  /** Of predictions and outcomes, by the database's clock. */
  readonly applied: AppliedUpTo;
  /** Of decisions and reports, by the database's clock. */
  readonly decidedApplied: AppliedUpTo;
  /** Of policies, by the steady clock. */
  readonly policiesApplied: AppliedUpTo;
  readonly retentionDays: number;
  readonly nowMs: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly steadyMs: () => number;
  readonly wake: Wake;
}

export interface UseCases {
  readonly days: PostgresDays;
  readonly policies: FollowPolicy;
  readonly awaitPolicy: AwaitPolicy;
  readonly predictions: RecordPredictions;
  readonly outcomes: ReportOutcomes;
  readonly decided: SettleDecided;
  readonly expire: ExpireOutcomes;
  readonly publish: PublishEvidence;
}

export function composeUseCases(of: Composition): UseCases {
  const { dataSource, ledger, decisions, applied, policiesApplied, retentionDays, nowMs, steadyMs, wake } = of;
  const transactions = new PostgresTransactions(dataSource, ledger, { retentionDays, nowMs });
  const days = new PostgresDays(dataSource, retentionDays, nowMs);
  const remembered = new RememberBooks();
  const counter = new CountEvidence(publishEveryMs, remembered);
  const awaitPolicy = new AwaitPolicy(policiesApplied, steadyMs, leastWaitForPolicyMs);
  const when = { retentionDays, nowMs };
  return {
    days,
    policies: new FollowPolicy(transactions),
    awaitPolicy,
    predictions: new RecordPredictions(transactions, counter, awaitPolicy, decisions, days, wake, when),
    outcomes: new ReportOutcomes(transactions, new JoinOutcomes(counter, decisions), days, wake, steadyMs),
    decided: new SettleDecided(transactions, of.decidedApplied, wake),
    expire: new ExpireOutcomes(transactions, counter, applied, wake, new LookBack(steadyMs)),
    publish: new PublishEvidence(transactions, publishEveryMs, remembered, wake),
  };
}
