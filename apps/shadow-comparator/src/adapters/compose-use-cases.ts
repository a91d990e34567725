// The use cases over a database and model servers: what app.module.ts wires to Kafka and HTTP, and specs call directly.
import { LedgerPassing, type Ledger } from '@weir/bus';
import { KeptStages } from '@weir/service';
import { type DataSource } from 'typeorm';
import { ComparePredictions } from '../compare-prediction';
import { type Place, type ShadowedStage } from '../domain/shadowed-stage';
import { FollowPolicy } from '../follow-policy';
import { JudgeOutcomes } from '../judge-outcomes';
import { MatchOutcomes } from '../match-outcomes';
import { type Shadows, type Wake } from '../ports';
import { PublishEvidence } from '../publish-evidence';
import { RecordComparisons } from '../record-comparisons';
import { ComparisonDays } from './postgres/comparison-days';
import { PostgresTransactions } from './postgres/postgres-transactions';

const tellLedgerEveryMs = 5_000;
const longestWaitForPolicyMs = 60_000;
/** Offered as they came, so much later: by then most of what was served at the same time has been read. */
export const defaultLiveLagMs = 1_000;

export interface Composition {
  readonly dataSource: DataSource;
  readonly ledger: Ledger;
  readonly shadows: Shadows;
  readonly maxAgeMs: number;
  readonly chunkBudgetMs: number;
  readonly liveLagMs: number;
  readonly retentionDays: number;
  readonly nowMs: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly steadyMs: () => number;
  readonly wake: Wake;
}

export interface UseCases {
  readonly days: ComparisonDays;
  readonly policies: FollowPolicy;
  readonly compare: ComparePredictions;
  readonly judge: JudgeOutcomes;
  readonly publish: PublishEvidence;
}

export function composeUseCases(of: Composition): UseCases {
  const { dataSource, ledger, shadows, maxAgeMs, chunkBudgetMs, liveLagMs, retentionDays, nowMs, steadyMs, wake } = of;
  const transactions = new PostgresTransactions(dataSource, ledger);
  const days = new ComparisonDays(dataSource, retentionDays, nowMs);
  const patience = { steadyMs, longestWaitMs: longestWaitForPolicyMs };
  const policies = new FollowPolicy(new KeptStages<ShadowedStage>(dataSource), shadows, patience);
  const stageOf = (place: Place) => policies.judgeOf(place)?.stage;
  const matching = new MatchOutcomes(stageOf);
  const recording = new RecordComparisons(stageOf, matching);
  const passing = new LedgerPassing(ledger, steadyMs, tellLedgerEveryMs);
  const retentionMs = (retentionDays - 1) * 86_400_000;
  return {
    ...{ days, policies },
    compare: new ComparePredictions(policies, shadows, transactions, recording, days, passing, wake, {
      ...{ nowMs, steadyMs, maxAgeMs, chunkBudgetMs, liveLagMs, retentionMs },
    }),
    judge: new JudgeOutcomes(stageOf, matching, transactions, days, passing, wake, { nowMs, retentionMs }),
    publish: new PublishEvidence(transactions, wake),
  };
}
