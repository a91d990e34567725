// What the use cases need from outside: a store with transactions, a clock, chance, and the caller.
import {
  type Evidence,
  type KeyPublished,
  type PolicyApplied,
  type PolicyPublished,
  type RolloutChanged,
  type RolloutPhase,
} from '@weir/contracts';
import { type ArmPair, type DaySums, type UnitTotals } from '@weir/stats';
import { type InstanceWork, type ServedVersion } from './domain/instance-work';
import { type Judgement } from './domain/judgement';
import { type Model } from './domain/model';
import { type ObservedTraffic } from './domain/plan-traffic';
import { type QueryGuardrail } from './domain/query-guardrails';
import { type Answer, type Reading, type ReadingsByGuardrail } from './domain/reading';
import { type Rollout } from './domain/rollout';
import { type TornWindow } from './domain/torn-window';
import { type WholeWindow } from './domain/whole-windows';

/** Who asks; the name goes into the audit trail. */
export interface Caller {
  readonly id: string;
  readonly name: string;
}

export interface Clock {
  /** ISO instant. */
  now(): string;
}

export interface Chance {
  /** UUIDv7. */
  id(): string;
  /** 128 random bits as text. */
  salt(): string;
}

export interface Models {
  find(name: string): Promise<Model | undefined>;
  /** Locks the model until the transaction ends: everything that moves its rollouts or its policy goes through here. */
  lock(name: string): Promise<Model | undefined>;
  list(): Promise<Model[]>;
  save(model: Model): Promise<void>;
  lists(name: string): Promise<Record<string, string[]>>;
  saveList(name: string, list: string, units: readonly string[], at: string): Promise<void>;
}

export interface RolloutFilter {
  readonly model?: string | undefined;
  readonly state?: RolloutPhase | undefined;
}

export interface Rollouts {
  find(id: string): Promise<Rollout | undefined>;
  list(filter: RolloutFilter): Promise<Rollout[]>;
  liveOf(model: string): Promise<Rollout[]>;
  rollingBack(): Promise<Rollout[]>;
  /** Those whose instances a rolling update moves, or may move at the next look. */
  moving(): Promise<Rollout[]>;
  /** Completed blue-greens whose blue is kept still. */
  keeping(): Promise<Rollout[]>;
  /** Those that run or are paused: what evidence and time may move. */
  serving(): Promise<Rollout[]>;
  insert(rollout: Rollout): Promise<void>;
  /** @throws RevisionConflict when the stored revision is not the one before the rollout's. */
  update(rollout: Rollout): Promise<void>;
  /** Under the model's lock: what is known of a place that it does not leave. No move, and no revision. */
  keepState(rollout: Pick<Rollout, 'id' | 'state'>): Promise<void>;
  /** Notes the policy revision that carries the rollout's present state. */
  place(id: string, policyRevision: number): Promise<void>;
}

export interface Policies {
  latest(model: string): Promise<PolicyPublished | undefined>;
  find(model: string, revision: number): Promise<PolicyPublished | undefined>;
  save(policy: PolicyPublished): Promise<void>;
}

/** A line of the audit trail; `from` and `to` only where a rollout moved. */
export interface AuditEntry {
  readonly rollout: string | null;
  readonly model: string | null;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly from: RolloutChanged['to'] | null;
  readonly to: RolloutChanged['to'] | null;
  readonly reason: string;
  /** The rollout's revision after the move. */
  readonly revision: number | null;
}

export interface AuditRecord extends AuditEntry {
  /** Ascends in the order in which the moves were committed. */
  readonly sequence: number;
}

export interface Audit {
  add(entry: AuditEntry): Promise<void>;
  ofRollout(id: string): Promise<AuditRecord[]>;
  /** Moves of rollouts. */
  after(sequence: number, limit: number): Promise<AuditRecord[]>;
  latestSequence(): Promise<number>;
}

export interface ApiKey extends Omit<KeyPublished, 'at'> {
  readonly createdBy: string;
  readonly createdAt: string;
}

export interface Keys {
  find(id: string): Promise<ApiKey | undefined>;
  list(): Promise<ApiKey[]>;
  save(key: ApiKey): Promise<void>;
}

export interface StoredAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly body: unknown;
}

export interface StoredAnswers {
  /** Claims the key until the transaction ends; a concurrent claim waits. Gives the answer of a claim that was kept. */
  claim(caller: string, key: string): Promise<StoredAnswer | undefined>;
  keep(caller: string, key: string, answer: StoredAnswer): Promise<void>;
}

export interface HeardRouter {
  readonly router: string;
  readonly models: PolicyApplied['models'];
  readonly heardAt: string;
}

export interface Routers {
  /** Those that serve, heard from at or after the instant. */
  heardSince(instant: string): Promise<HeardRouter[]>;
  /** All that have not said that they stop, however long they have been silent. */
  serving(): Promise<HeardRouter[]>;
  /** Forgotten until it speaks again. False where it was not known. */
  remove(router: string): Promise<boolean>;
}

/** Rows of one writer: each has windows of its own. */
export interface Windows {
  /** The newest first. */
  ofRollout(id: string, limit: number): Promise<Evidence[]>;
  /** The whole windows of an attempt after the given one, in order, some of them; up to the first that has not come whole. */
  windowsAfter(id: string, attempt: number, index: number): Promise<WholeWindow[]>;
  /** The first window after the given one that is not whole; what is before it has been folded in by the caller. */
  tornAfter(id: string, attempt: number, index: number): Promise<TornWindow | undefined>;
}

/** Of the collector. */
export interface EvidenceRows extends Windows {
  /** Predictions by arm, of the rows of one metric and epoch. */
  counts(id: string, metric: string, epoch: number): Promise<Record<string, number>>;
  /** What the latest rollout of the model that has evidence saw; undefined where none has. */
  traffic(model: string): Promise<ObservedTraffic | undefined>;
}

export interface SumsAsked {
  readonly rollout: string;
  readonly attempt: number;
  readonly metric: string;
  readonly arms: ArmPair<string>;
}

export interface EvidencePage {
  readonly rollout: string;
  readonly attempt: number;
  /** The last row of the page before; undefined: the first page. */
  readonly after: Evidence | undefined;
  readonly limit: number;
}

/** Of the collector's rows: what people look at. Sums are over final rows of both arms in which both had weight. */
export interface EvidenceSums {
  /** By segment, ascending, those of none last. */
  bySegment(asked: SumsAsked): Promise<(UnitTotals & { readonly segment: string | null; readonly arm: string })[]>;
  /** By the day on which their window began (YYYY-MM-DD, UTC), ascending. */
  byDay(asked: SumsAsked): Promise<(DaySums & { readonly day: string; readonly arm: string })[]>;
  /** All rows, in one order from page to page. */
  page(asked: EvidencePage): Promise<Evidence[]>;
}

export interface Judgements {
  find(rollout: string, attempt: number): Promise<Judgement | undefined>;
  save(rollout: string, judgement: Judgement): Promise<void>;
}

/** What the guardrails that are queries have read, by attempt. */
export interface Readings {
  of(rollout: string, attempt: number): Promise<ReadingsByGuardrail>;
  save(
    rollout: string,
    attempt: number,
    guardrail: Pick<QueryGuardrail, 'stage' | 'index'>,
    reading: Reading,
  ): Promise<void>;
}

export interface Prometheus {
  /** One number, now. Never rejects, and is over within a few seconds. */
  ask(url: string, query: string): Promise<Answer>;
}

/** again: not yet, and trying again may help. refused: it cannot be done. */
export type UpdateAnswer = { readonly kind: 'done' } | { readonly kind: 'again' | 'refused'; readonly detail: string };

/** Brings a version onto an instance that nobody calls. Each may be asked again for the same work: it is done once, or again without harm. */
export interface Updater {
  /** Never rejects. */
  update(work: InstanceWork): Promise<UpdateAnswer>;
  /** The version that it served before is not needed there any more. Never rejects. */
  release(work: InstanceWork): Promise<void>;
}

export interface InstanceAnswer {
  readonly good: boolean;
  /** What it said, in a few words. */
  readonly detail: string;
}

/** The instances of a model, each asked by itself. Nothing rejects. */
export interface Instances {
  /** Whether it says that it can answer for the version. */
  ready(url: string, version: ServedVersion): Promise<InstanceAnswer>;
  /** One recorded request; what it answers concerns nobody. Good: it has answered, and not by an error of its own. */
  warm(url: string, version: ServedVersion, request: RecordedRequest): Promise<InstanceAnswer>;
}

/** What is known of the instances that a blue-green is to give the traffic to. */
export interface Greens {
  /** What they are not ready with, in words; empty: all are ready; undefined: not all have been asked lately. */
  of(rollout: string): readonly string[] | undefined;
}

export interface RecordedRequest {
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface RecordedRequests {
  /** The newest that routers have recorded of the model, at most so many; none where none is kept. Never rejects. */
  latest(model: string, count: number): Promise<RecordedRequest[]>;
}

/** Hears at every look whether a rollout waits for a window that is not whole, and tells those who run Weir. */
export interface TornWatch {
  saw(rollout: string, torn: TornWindow | undefined): void;
  /** All that serve: what is not among them waits for nothing any more. */
  only(rollouts: readonly string[]): void;
}

/** Written in the transaction of the change, published after it. */
export interface Announcements {
  policy(policy: PolicyPublished): Promise<void>;
  rolloutChanged(change: RolloutChanged): Promise<void>;
  key(key: KeyPublished): Promise<void>;
}

export interface Tx {
  readonly models: Models;
  readonly rollouts: Rollouts;
  readonly policies: Policies;
  readonly audit: Audit;
  readonly keys: Keys;
  readonly answers: StoredAnswers;
  readonly routers: Routers;
  readonly evidence: EvidenceRows;
  readonly evidenceSums: EvidenceSums;
  /** Of the comparator. */
  readonly pairs: Windows;
  readonly judgements: Judgements;
  readonly readings: Readings;
  readonly announce: Announcements;
}

export interface Store {
  /** Reads outside of a transaction. */
  readonly read: Omit<Tx, 'announce' | 'answers'>;
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}
