// What the use cases need of the world. Adapters keep it in Postgres and Kafka, and ask model servers.
import { type Chunk, type OutgoingRecord, type Received } from '@weir/bus';
import { type PolicyPublished } from '@weir/contracts';
import { type Row, type UnitState } from '@weir/stats';
import { type Comparison } from './domain/comparison';
import { type EvidenceWindow } from './domain/evidence-window';
import { type Exemplar } from './domain/exemplar';
import { type ShadowRequest } from './domain/pair-plan';
import { type Profile } from './domain/profile';
import { type ShadowAnswer } from './domain/shadow-answer';
import { type ShadowAnswers } from './domain/shadow-truth';
import { type ShadowedStage } from './domain/shadowed-stage';

export interface RolloutAttempt {
  readonly rollout: string;
  readonly attempt: number;
}

/** The same text for the same attempt. */
export function attemptId({ rollout, attempt }: RolloutAttempt): string {
  return `${rollout}/${attempt}`;
}

/** What an attempt has counted in the window that is open. */
export interface KeptBook extends RolloutAttempt {
  readonly model: string;
  readonly window: EvidenceWindow | undefined;
  readonly rows: readonly Row[];
  /** Becomes greater with each change of its units. */
  readonly version: number;
}

/** A prediction within a stage; `day`: of serving, `2026-11-23`. */
export interface PairedPrediction extends RolloutAttempt {
  readonly stage: number;
  readonly predictionId: string;
  readonly day: string;
}

/** An outcome of a `truth` metric. */
export interface KeptOutcome extends PairedPrediction {
  readonly metric: string;
  readonly item: number;
  readonly revision: number;
  /** The true value. */
  readonly truth: string | number | boolean;
  /** Was stable right? 0..1. */
  readonly stableWorth: number;
}

export interface KeptAnswers extends PairedPrediction {
  readonly shadow: string;
  readonly answers: ShadowAnswers;
}

/** How often something came, of a stage and shadow. */
export interface Counted extends RolloutAttempt {
  readonly stage: number;
  readonly shadow: string;
  readonly counted: string;
  readonly by: number;
}

/** One transaction: all of it, or nothing. Locks are taken in the order in which the methods stand here, each in key order. */
export interface Store {
  /** Locked until the end of the transaction: the counting of one attempt is one at a time. */
  lockBooks(attempts: readonly (RolloutAttempt & { readonly model: string })[]): Promise<readonly KeptBook[]>;
  /** Books whose window is over, free of locks, locked now. */
  lockOver(limit: number): Promise<readonly KeptBook[]>;
  /** The database's clock, now and not at the beginning of the transaction. */
  nowMs(): Promise<number>;
  /** Those that were not there yet: the first result of a prediction and a shadow stands. */
  addComparisons(comparisons: readonly Comparison[]): Promise<readonly Comparison[]>;
  /** By unitSideId: every side of these units. What is given is counted into, and kept by `keepUnits`. */
  units(book: KeptBook, units: Iterable<string>): Promise<ReadonlyMap<string, UnitState>>;
  /** By unitSideId; of units that were asked for. The book goes on with another version. */
  keepUnits(book: KeptBook, changed: ReadonlyMap<string, UnitState>): Promise<void>;
  keepBooks(books: readonly KeptBook[]): Promise<void>;
  /** Of the attempt, by profileId. */
  profiles(attempt: RolloutAttempt): Promise<Map<string, Profile>>;
  keepProfiles(attempt: RolloutAttempt, profiles: ReadonlyMap<string, Profile>): Promise<void>;
  /** Outcomes that are known of these predictions. */
  outcomes(predictions: readonly PairedPrediction[]): Promise<readonly KeptOutcome[]>;
  /** Put in, or in the place of an older revision. */
  keepOutcomes(outcomes: readonly KeptOutcome[]): Promise<void>;
  /** What shadows said of these predictions, where a pair was compared. */
  answers(predictions: readonly PairedPrediction[]): Promise<readonly KeptAnswers[]>;
  addTotals(comparisons: readonly Comparison[]): Promise<void>;
  addCounts(counts: readonly Counted[]): Promise<void>;
  addLoads(comparisons: readonly Comparison[]): Promise<void>;
  /** Keeps the `most` least of each kind. */
  addExemplars(exemplars: readonly Exemplar[], most: number): Promise<void>;
  /** Goes out when the transaction is committed. */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
}

export interface Transactions {
  run<R>(work: (store: Store) => Promise<R>): Promise<R>;
  /** The offset moves with the effect; records applied before are left out, and nothing left means no call. */
  once<T>(chunk: Chunk<T>, work: (store: Store, fresh: readonly Received<T>[]) => Promise<void>): Promise<void>;
}

/** Stages that were shadowed, remembered after the policy has moved on: their predictions may still come. */
export interface Stages {
  all(): Promise<readonly ShadowedStage[]>;
  keep(stages: readonly ShadowedStage[]): Promise<void>;
}

/** How far chunks that concern nobody have been read: told now and then, for they cost nothing else. */
export interface Passing {
  passed(chunk: Chunk<unknown>): Promise<void>;
}

/** When a call may begin, of the steady clock. own: in its turn, but not after `startByMs`; live: at `dueMs`, or not at all. */
export type Turn =
  { readonly pace: 'own'; readonly startByMs: number } | { readonly pace: 'live'; readonly dueMs: number };

export interface Shadows {
  /** From now on these versions are asked; others are let go. */
  serve(policies: Iterable<PolicyPublished>): void;
  /** Never rejects. */
  ask(model: string, version: string, request: ShadowRequest, turn: Turn): Promise<ShadowAnswer>;
}

/** Makes room for the days that comparisons are filed under. */
export interface Days {
  ensure(servedAt: readonly string[]): Promise<void>;
}

/** Called after a commit that published. */
export type Wake = () => void;
