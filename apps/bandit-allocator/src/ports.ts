// What the use cases need of the world. Adapters keep it in Postgres and Kafka.
import { type Allocation, type BanditState, type ClaimSums, type ContextState } from '@weir/bandits';
import { type Chunk, type OutgoingRecord, type Positions, type Received } from '@weir/bus';
import { type OutcomeJoined, type RebuiltStage } from '@weir/contracts';
import { type BanditStage, type Place } from './domain/bandit-stage';
import { type LearntOutcome, type Taught } from './domain/taught';

/** What a stage and those that it continues have learnt, read at one instant together with how far the outcomes were read. */
export interface Learnt {
  readonly state: BanditState;
  /** Of its own outcomes: those of before were decided among other arms. */
  readonly claims: Readonly<Record<string, ClaimSums>>;
  /** Empty where the bandit has no context. */
  readonly contexts: ContextState;
  /** By partition of outcome-joined: the next offset. */
  readonly offsets: Readonly<Record<string, string>>;
  /** The database's clock. */
  readonly nowMs: number;
}

/** How much a stage has learnt, without what. */
export interface Progress {
  /** So many have taught it. */
  readonly outcomes: number;
  /** The database's clock. */
  readonly nowMs: number;
}

/** What was allocated last. */
export interface LastAllocation {
  readonly sequence: number;
  /** So many had taught it by then. */
  readonly outcomes: number;
  readonly asOfMs: number;
  readonly weights: Readonly<Record<string, number>>;
}

export interface Store {
  /** Locked until the end of the transaction, in key order: learning of one stage is one at a time. */
  lock(places: readonly Place[]): Promise<void>;
  /** Of these identities, by identity. */
  known(place: Place, identities: readonly string[]): Promise<ReadonlyMap<string, LearntOutcome>>;
  keep(place: Place, outcomes: readonly LearntOutcome[], taught: readonly Taught[]): Promise<void>;
  /** Goes out when the transaction is committed. */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** Locked too; undefined: never. */
  last(place: Place): Promise<LastAllocation | undefined>;
  progress(place: Place): Promise<Progress>;
  learnt(stage: Place & Pick<BanditStage, 'continues'>): Promise<Learnt>;
  keepAllocation(
    place: Place,
    at: Pick<LastAllocation, 'sequence' | 'outcomes'>,
    allocation: Pick<Allocation, 'weights' | 'asOfMs'>,
  ): Promise<void>;
}

export interface Transactions {
  run<R>(work: (store: Store) => Promise<R>): Promise<R>;
  /** The offset moves with the effect; records applied before are left out, and nothing left means no call. */
  once<T>(chunk: Chunk<T>, work: (store: Store, fresh: readonly Received<T>[]) => Promise<void>): Promise<void>;
}

/** Stages that learn or learnt, remembered after the policy has moved on: their outcomes may still come. */
export interface Stages {
  all(): Promise<readonly BanditStage[]>;
  keep(stages: readonly BanditStage[]): Promise<void>;
}

/** How far chunks that teach nobody have been read. */
export interface Passing {
  passed(chunk: Chunk<unknown>): Promise<void>;
}

/** Called after a commit that published. */
export type Wake = () => void;

/** The log that everything was learnt from. */
export interface Log {
  /**
   * Gives the outcomes of each partition from `from` (absent: the oldest that is kept) up to before `to` (absent: none), in their order, once or more.
   * `keptSinceMs`: where the oldest ones are gone, since when all are kept.
   */
  replay(
    from: Positions,
    to: Positions,
    onOutcomes: (outcomes: readonly OutcomeJoined[]) => Promise<void>,
  ): Promise<{ readonly records: number; readonly keptSinceMs?: number }>;
}

/** What a rebuild needs beside learning. `place` is what is kept, `again` what was computed anew. */
export interface RebuildStore extends Pick<Store, 'lock' | 'known' | 'keep'> {
  /** How far the outcomes were learnt. */
  positions(): Promise<Positions>;
  /** Everything that was learnt under that place. */
  drop(place: Place): Promise<void>;
  compare(place: Place, again: Place): Promise<RebuiltStage['differences']>;
  /** Outcomes that taught, and the least bucket of either; undefined: none. */
  extent(place: Place, again: Place): Promise<{ readonly outcomes: number; readonly firstBucket: number | undefined }>;
  replace(place: Place, again: Place): Promise<void>;
}

export interface RebuildTransactions {
  rebuild<R>(work: (store: RebuildStore) => Promise<R>): Promise<R>;
}
