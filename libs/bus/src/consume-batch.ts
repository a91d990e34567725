// What happens to one fetched batch of a partition. Nothing but the loss of the group membership ever leaves it.
import { type EachBatchPayload, type KafkaMessage } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchRoute } from './batch-events';
import { type BugStreak } from './bug-streak';
import { describeError, type BusLogger } from './bus-logger';
import { type BusMetrics } from './bus-metrics';
import { type Letter } from './dead-letter';
import { decodeBatch, type Decoded } from './decode-batch';
import { handleChunk, type Handled } from './handle-chunk';
import { type InStep } from './in-step';
import { type OffsetTruth } from './ledger';
import { type OffsetGuard } from './offset-guard';
import { type PartitionPauses } from './partition-pauses';
import { type Chunk } from './ports';
import { type ProgressWatch } from './progress-watch';

export interface ConsumeContext {
  readonly group: string;
  readonly truth: OffsetTruth | undefined;
  readonly guard: OffsetGuard;
  readonly pauses: PartitionPauses;
  readonly inStep: InStep;
  readonly progress: ProgressWatch;
  readonly logger: BusLogger;
  readonly metrics: BusMetrics;
  /** Writes dead letters; returns those that were not there yet. */
  readonly bury: (letters: readonly Letter[]) => Promise<readonly Letter[]>;
  readonly seek: (topic: string, partition: number, offset: bigint) => void;
}

export interface Route extends BatchRoute {
  readonly handle: (chunk: Chunk<unknown>) => Promise<void>;
  readonly bugs: BugStreak;
}

const defaultMax = 500;
const commitEveryMs = 1_000;
const keepAliveEveryMs = 1_000;
/** A handler that takes longer than this for one chunk loses its partitions to another member. */
const keepAliveForMs = 60_000;

export async function consumeBatch(
  topic: string,
  route: Route,
  payload: EachBatchPayload,
  context: ConsumeContext,
): Promise<void> {
  const { batch } = payload;
  const key = `${topic}/${batch.partition}`;
  context.progress.fetched(topic, batch.partition, BigInt(batch.highWatermark));
  context.inStep.fetched(topic, batch.partition, BigInt(batch.highWatermark) - BigInt(batch.lastOffset()) - 1n);
  try {
    const first = BigInt(batch.messages[0]?.offset ?? batch.lastOffset());
    const start = await context.guard.check(topic, batch.partition, first);
    if (start.kind === 'seek') return context.seek(topic, batch.partition, start.offset);
    if (isTooEarly(key, route, payload, context)) return;
    await consumeFrom(start.offset, topic, route, payload, context);
  } catch (error) {
    if (error instanceof MembershipLost) throw error.cause;
    const why = describeError(error);
    context.logger.warn(
      { topic, partition: batch.partition, error: why },
      'a partition waits: what its handler needs is away',
    );
    context.metrics.add('weir_bus_paused_total', { group: context.group, topic }, 1);
    context.pauses.begin(key, why, payload.pause());
  }
}

/** Where another topic goes first, the partition is left until that is there; it is then fetched anew. */
function isTooEarly(key: string, { after }: Route, payload: EachBatchPayload, { inStep }: ConsumeContext): boolean {
  const upToMs = Number(payload.batch.messages.at(-1)?.timestamp);
  if (!after || !inStep.mustWait(key, after.topic, upToMs)) return false;
  inStep.wait(key, after.topic, upToMs, payload.pause());
  return true;
}

/** Wraps what the group says to a heartbeat, so that it is not taken for an error of the handler. */
class MembershipLost extends Error {
  constructor(override readonly cause: unknown) {
    super('the group membership was lost');
  }
}

async function consumeFrom(
  from: bigint,
  topic: string,
  route: Route,
  payload: EachBatchPayload,
  context: ConsumeContext,
): Promise<void> {
  const { batch } = payload;
  const messages = batch.messages.filter((message) => BigInt(message.offset) >= from);
  const skipped = batch.messages.length - messages.length;
  if (skipped > 0) context.metrics.add('weir_bus_redelivered_total', { group: context.group, topic }, skipped);
  const max = route.max ?? defaultMax;
  let committedAtMs = performance.now();
  for (let at = 0; at < messages.length; at += max) {
    if (!payload.isRunning() || payload.isStale()) break;
    const chunk = messages.slice(at, at + max);
    const handled = await consumeChunk(topic, route, chunk, payload, context);
    if (handled.kind === 'down') throw handled.error;
    await moveOn(topic, chunk, handled.buried, payload, context);
    if (performance.now() - committedAtMs < commitEveryMs) continue;
    await commit(payload, context);
    committedAtMs = performance.now();
  }
  if (messages.length === 0) payload.resolveOffset(batch.lastOffset());
  await commit(payload, context);
}

async function consumeChunk(
  topic: string,
  route: Route,
  messages: readonly KafkaMessage[],
  payload: EachBatchPayload,
  context: ConsumeContext,
): Promise<Handled> {
  const { partition } = payload.batch;
  const { good: decoded, bad } = decodeBatch(topic, partition, messages, route);
  await bury(bad, context);
  const place = ({ offset }: KafkaMessage) => `${partition}/${offset}`;
  const good = decoded.filter(({ raw }) => !route.bugs.has(place(raw))); // at an earlier try of this chunk
  const before = decoded.length - good.length;
  const heartbeat = membershipOf(payload);
  const startedAt = performance.now();
  const handled = await handleChunk<Decoded>(good, {
    handle: async (records) => {
      const chunk = { topic, partition, records: records.map(({ received }) => received), heartbeat };
      await alive(heartbeat, () => route.handle(chunk));
      route.bugs.end();
    },
    bury: async (refused) => {
      const letters = [...refused].map(([{ raw }, reason]) => ({ topic, partition, raw, ...reason }));
      for (const { code, raw } of letters) if (code === 'bug') route.bugs.admit(place(raw));
      await bury(letters, context);
    },
    find: (records, offset) => records.find(({ raw }) => raw.offset === offset),
    pauseMs: (ms) => sleep(ms),
  });
  context.metrics.observe(
    'weir_bus_chunk_seconds',
    { group: context.group, topic },
    (performance.now() - startedAt) / 1_000,
  );
  if (handled.kind === 'down') return handled;
  context.metrics.add('weir_bus_handled_total', { group: context.group, topic }, good.length - handled.buried);
  return { kind: 'done', buried: before + handled.buried + bad.length };
}

async function bury(
  letters: readonly Letter[],
  { bury: write, group, logger, metrics }: ConsumeContext,
): Promise<void> {
  for (const { topic, partition, raw, code, message } of await write(letters)) {
    metrics.add('weir_bus_dead_letters_total', { group, topic, code }, 1);
    logger.warn(
      { topic, partition, offset: raw.offset, code, reason: message.slice(0, 200) },
      'a record went to the dead letters',
    );
  }
}

/** The order matters: dead letters and effects are safe, then the ledger knows, then this process, then Kafka. */
async function moveOn(
  topic: string,
  chunk: readonly KafkaMessage[],
  buried: number,
  payload: EachBatchPayload,
  context: ConsumeContext,
): Promise<void> {
  const { partition } = payload.batch;
  const last = chunk.at(-1)?.offset ?? '0';
  const next = BigInt(last) + 1n;
  if (buried > 0) await context.truth?.advance({ topic, partition, next });
  payload.resolveOffset(last);
  context.progress.handled(topic, partition, next);
  context.inStep.handled(topic, partition, Number(chunk.at(-1)?.timestamp));
  context.pauses.succeed(`${topic}/${partition}`);
  await membershipOf(payload)();
}

/** Best effort: where the ledger is the truth a lost commit costs a redelivery that is skipped. */
async function commit(payload: EachBatchPayload, { logger }: ConsumeContext): Promise<void> {
  const { topic, partition } = payload.batch;
  const ofTopic = payload.uncommittedOffsets().topics.find((one) => one.topic === topic)?.partitions ?? [];
  const offset = ofTopic.find((one) => Number(one.partition) === partition)?.offset; // kafkajs gives partitions as text here
  if (offset === undefined) return;
  try {
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
  } catch (error) {
    logger.debug({ topic, partition, error: describeError(error) }, 'an offset could not be committed to Kafka');
  }
}

function membershipOf(payload: EachBatchPayload): () => Promise<void> {
  return async () => {
    try {
      await payload.heartbeat();
    } catch (error) {
      throw new MembershipLost(error);
    }
  };
}

/** Runs a handler and keeps the group informed meanwhile, but not for ever: a handler that hangs must lose its partition. */
async function alive(heartbeat: () => Promise<void>, run: () => Promise<void>): Promise<void> {
  let lost: Error | undefined;
  const startedAt = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - startedAt < keepAliveForMs) heartbeat().catch((error: Error) => (lost ??= error));
  }, keepAliveEveryMs);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  if (lost) throw lost;
}
