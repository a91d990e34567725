// The use cases over a database: what app.module.ts wires to Kafka and HTTP, and specs call directly.
import { LedgerPassing, type Ledger } from '@weir/bus';
import { KeptStages } from '@weir/service';
import { type DataSource } from 'typeorm';
import { AllocateTraffic } from '../allocate-traffic';
import { type BanditStage } from '../domain/bandit-stage';
import { FollowPolicy } from '../follow-policy';
import { LearnOutcomes } from '../learn-outcomes';
import { type Log, type Wake } from '../ports';
import { RebuildBandits } from '../rebuild-bandits';
import { PostgresTransactions } from './postgres/postgres-transactions';

const tellLedgerEveryMs = 5_000;
const longestWaitForPolicyMs = 60_000;

export interface Composition {
  readonly dataSource: DataSource;
  readonly ledger: Ledger;
  /** Milliseconds of a clock that never jumps. */
  readonly steadyMs: () => number;
  readonly nowMs: () => number;
  readonly wake: Wake;
  readonly log: Log;
}

export interface UseCases {
  readonly policies: FollowPolicy;
  readonly learn: LearnOutcomes;
  readonly allocate: AllocateTraffic;
  readonly rebuild: RebuildBandits;
}

export function composeUseCases({ dataSource, ledger, steadyMs, nowMs, wake, log }: Composition): UseCases {
  const transactions = new PostgresTransactions(dataSource, ledger);
  const patience = { steadyMs, longestWaitMs: longestWaitForPolicyMs };
  const policies = new FollowPolicy(new KeptStages<BanditStage>(dataSource), patience);
  const keepStages = () => policies.keepStages();
  const passing = new LedgerPassing(ledger, steadyMs, tellLedgerEveryMs);
  return {
    policies,
    learn: new LearnOutcomes(policies, transactions, passing),
    allocate: new AllocateTraffic(() => policies.running(), keepStages, transactions, wake),
    rebuild: new RebuildBandits(policies, log, transactions, nowMs),
  };
}
