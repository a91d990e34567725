// What the use cases need of the world. Adapters keep it in Postgres, Kafka and Redis.
import { type Chunk, type OutgoingRecord, type Received } from '@weir/bus';
import {
  type LoggedPredictions,
  type LoggedQuery,
  type PolicyPublished,
  type PredictionDecided,
  type PredictionReported,
} from '@weir/contracts';
import { type Fixed, type Row, type UnitState } from '@weir/stats';
import { type Decision, type RolloutAttempt } from './domain/decision';
import { type EvidenceWindow, type StageClock } from './domain/evidence-window';
import { type Receipt } from './domain/outcome';
import { type Tallies, type TallyChange } from './domain/tally';

/** One transaction: all of it, or nothing. Locks are taken in the order in which the methods stand here, each in key order. */
export interface Store
  extends
    IdempotencyStore,
    PolicyStore,
    DecidedStore,
    PredictionStore,
    OutcomeStore,
    MaturityStore,
    EvidenceStore,
    HistoryStore {
  /** Goes out when the transaction is committed. */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** Last: its rows are the hottest. */
  tally(changes: readonly TallyChange[]): Promise<void>;
}

export interface Transactions {
  run<R>(work: (store: Store) => Promise<R>): Promise<R>;
  /** The offset moves with the effect; records applied before are left out, and nothing left means no call. */
  once<T>(chunk: Chunk<T>, work: (store: Store, fresh: readonly Received<T>[]) => Promise<void>): Promise<void>;
}

export interface Answered {
  readonly bodySha256: string;
  readonly answer: unknown;
}

export interface IdempotencyStore {
  /** What was answered under keys that were used before; the others are ours. Waits for transactions that have one of them. */
  claimKeys(
    claims: readonly { readonly idempotencyKey: string; readonly bodySha256: string }[],
  ): Promise<ReadonlyMap<string, Answered>>;
  keepAnswers(answers: readonly { readonly key: string; readonly answer: unknown }[]): Promise<void>;
}

export interface PolicyStore {
  /** The newest policy of each model that has one. */
  policies(models: readonly string[]): Promise<ReadonlyMap<string, PolicyPublished>>;
  /** Kept unless a newer one is there; false when it was old news. */
  keepPolicy(policy: PolicyPublished): Promise<boolean>;
  /** How long an unmatched outcome of each metric may wait: the longest `within` among the models that have it. */
  withinMsByMetric(): Promise<ReadonlyMap<string, number>>;
  keepStages(model: string, stages: readonly (RolloutAttempt & { stage: number; clock: StageClock })[]): Promise<void>;
}

/** A report of another model's prediction is nobody's. */
export interface DecidedKey {
  readonly predictionId: string;
  readonly model: string;
}

export interface DecidedStore {
  /** The keys (keyOf) that were new. */
  addDecided(decisions: readonly PredictionDecided[]): Promise<ReadonlySet<string>>;
  /** By key: taken; duplicate, where a report stands; late, where the time was over. */
  addReports(reports: readonly PredictionReported[]): Promise<ReadonlyMap<string, 'taken' | 'duplicate' | 'late'>>;
  /** Those of these that have both halves now; settled by this call. */
  completeDecided(
    keys: readonly DecidedKey[],
  ): Promise<readonly { readonly decided: PredictionDecided; readonly report: PredictionReported }[]>;
  /** Those whose time was over at the instant, free of locks: settled as missing, and reports without a decision dropped. */
  expireDecided(
    upTo: string,
    limit: number,
  ): Promise<{ readonly missing: readonly PredictionDecided[]; readonly orphans: readonly DecidedKey[] }>;
}

export interface PredictionStore {
  /** The ids that were new; the first record of an id counts. */
  addPredictions(decisions: readonly Decision[]): Promise<ReadonlySet<string>>;
  decisions(predictionIds: readonly string[]): Promise<ReadonlyMap<string, Decision>>;
}

export interface OutcomeStore {
  /** Adds first attempts and returns the keys (receiptKey) that nobody had taken. */
  claimIdentities(receipts: readonly Receipt[]): Promise<ReadonlySet<string>>;
  /** All attempts under each key, oldest first, locked. */
  histories(
    keys: readonly Pick<Receipt, 'predictionId' | 'metric' | 'identity'>[],
  ): Promise<ReadonlyMap<string, Receipt[]>>;
  /** Outcomes of these predictions that belong to no model yet (pending, orphaned, repeats of them), oldest first, locked. */
  unmatched(predictionIds: readonly string[]): Promise<readonly Receipt[]>;
  /** The same for any prediction that is there after all: received within sinceMs, free of locks. */
  missedMatches(sinceMs: number, limit: number): Promise<readonly Receipt[]>;
  /** Pending outcomes that arrived before each metric's instant, free of locks, locked now. */
  overdue(
    arrivedBefore: { default: string; byMetric: Readonly<Record<string, string>> },
    limit: number,
  ): Promise<readonly Receipt[]>;
  /** What counts for these predictions and metrics, in order of receipt. */
  standing(pairs: readonly { predictionId: string; metric: string }[]): Promise<readonly Receipt[]>;
  addReceipts(receipts: readonly Receipt[]): Promise<void>;
  /** New state, reason, model, counted and replaced of receipts that are there. */
  changeReceipts(receipts: readonly Receipt[]): Promise<void>;
}

/** A prediction whose `missing: zero` metric has not been counted yet. */
export interface Maturity {
  readonly predictionId: string;
  readonly metric: string;
  /** When its time is over. */
  readonly dueAt: string;
}

export interface MaturityStore {
  awaitMaturity(maturities: readonly Maturity[]): Promise<void>;
  /** Those due up to the instant, free of locks, locked now. */
  due(upTo: string, limit: number): Promise<readonly Maturity[]>;
  /** Which of these have not been counted. */
  immature(pairs: readonly { predictionId: string; metric: string }[]): Promise<ReadonlySet<string>>;
  matured(maturities: readonly Maturity[]): Promise<void>;
}

/** The windows of one attempt: they close in order, one is open at a time. */
export interface RolloutClock extends RolloutAttempt {
  readonly model: string;
  /** By stage. */
  readonly stages: Readonly<Record<string, StageClock>>;
  /** Of the newest stage that a policy told of. */
  readonly windowMs?: number | undefined;
  readonly window?: EvidenceWindow | undefined;
  readonly publishedAtMs: number;
  /** Left by whoever counted or published last; absent: nobody has. */
  readonly token?: string | undefined;
  /** By metric: what the pasts of units are told as differences from. */
  readonly centers?: Readonly<Record<string, number>> | undefined;
  /** Segments that its evidence was told apart by so far. */
  readonly segments?: readonly string[] | undefined;
}

/** A row of the open window. It is published when publishedSequence is less than sequence. */
export interface WindowRow extends Row {
  readonly sequence: number;
  readonly publishedSequence: number;
}

export interface EvidenceStore {
  /** Locked until the end of the transaction: the counting of one attempt is one at a time. */
  lockRollouts(rollouts: readonly (RolloutAttempt & { model: string })[]): Promise<readonly RolloutClock[]>;
  /** A rollout whose window is over, or whose rows wait to be published; locked, or none where others have them. */
  lockUnpublished(publishEveryMs: number, limit: number): Promise<readonly RolloutClock[]>;
  /** The database's clock, now and not at the beginning of the transaction. */
  nowMs(): Promise<number>;
  /** By attemptId. */
  windowRows(rollouts: readonly RolloutAttempt[]): Promise<ReadonlyMap<string, readonly WindowRow[]>>;
  /** By attemptId. */
  units(
    wanted: readonly (RolloutAttempt & { unit: string })[],
  ): Promise<ReadonlyMap<string, readonly (readonly [string, UnitState])[]>>;
  keepUnits(attempt: RolloutAttempt, units: readonly { unit: string; state: UnitState }[]): Promise<void>;
  keepWindowRows(rows: readonly (WindowRow & RolloutAttempt)[]): Promise<void>;
  dropWindowRows(rollouts: readonly RolloutAttempt[]): Promise<void>;
  keepClocks(clocks: readonly RolloutClock[]): Promise<void>;
}

/** What a metric was for a unit while no arms were compared. */
export interface UnitHistory {
  readonly model: string;
  readonly unit: string;
  readonly metric: string;
  /** Predictions that count. */
  readonly n: number;
  readonly sum: Fixed;
}

export interface HistoryStore {
  /** Those with n above 0. */
  unitHistories(units: readonly { model: string; unit: string }[]): Promise<readonly UnitHistory[]>;
  /** n and sum are by how much they move. */
  addUnitHistories(changes: readonly UnitHistory[]): Promise<void>;
}

/** Recent decisions, to spare the database a look. May forget anything at any time. */
export interface DecisionCache {
  find(predictionIds: readonly string[]): Promise<ReadonlyMap<string, Decision>>;
  /** Only after the commit. */
  remember(decisions: readonly Decision[]): Promise<void>;
}

/** Everything appended to the intake topics before this instant has been applied; undefined where that is not known. */
export interface AppliedUpTo {
  instantMs(): Promise<number | undefined>;
}

/** Makes room for the days that records are filed under. */
export interface Days {
  forPredictions(predictions: readonly { predictionId: string; servedAt: string }[]): Promise<void>;
  forOutcomes(outcomes: readonly { predictionId: string }[]): Promise<void>;
}

/** For those who look from outside. */
export interface Reads {
  prediction(predictionId: string): Promise<Decision | undefined>;
  /** In order of receipt. */
  outcomes(predictionId: string): Promise<readonly Receipt[]>;
  tallies(model: string | undefined): Promise<Tallies>;
}

/** Predictions as a log of choices; undefined: no such model, or none of its metrics that have outcomes. */
export interface LoggedReads {
  logged(query: LoggedQuery): Promise<LoggedPredictions | undefined>;
}

/** Called after a commit that published. */
export type Wake = () => void;
