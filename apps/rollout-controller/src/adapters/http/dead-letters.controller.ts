// Dead letters of all consumers: what lies there, one in full, and back to where they came from once the cause is mended.
import { Body, Controller, Inject, Param, Query } from '@nestjs/common';
import { BusError, type DeadLetter, type DeadLetters } from '@weir/bus';
import { name, topicPlans } from '@weir/contracts';
import { Caller, parseBody, parsePath, parseQuery, type Principal } from '@weir/service';
import { z } from 'zod';
import { type Clock, type Store } from '../../ports';
import { notFound } from '../../refusals';
import { orUnavailable } from '../or-unavailable';
import { Route } from './route';

const letter = z.object({
  id: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  group: z.string(),
  code: z.string(),
  message: z.string(),
  key: z.string().nullable(),
  valueBytes: z.int(),
  arrivedAtMs: z.number(),
  buriedAtMs: z.number(),
});
const queue = z.object({ topic: z.string(), group: z.string(), letters: z.int() });
const wholeLetter = letter.extend({ headers: z.record(z.string(), z.string()), value: z.string().nullable() });
const filter = z.strictObject({
  code: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
});
const replayBody = z.strictObject({
  reason: z.string().trim().min(1).max(500),
  /** All where absent. */
  ids: z.array(z.string()).min(1).max(1_000).optional(),
  code: z.string().optional(),
});

const mostShown = 64 * 1024;

@Controller()
export class DeadLettersController {
  constructor(
    @Inject('DeadLetters') private readonly letters: DeadLetters,
    @Inject('Store') private readonly store: Store,
    @Inject('Clock') private readonly clock: Clock,
  ) {}

  @Route({
    method: 'get',
    path: '/api/v1/dlq',
    access: 'viewer',
    summary: 'Where dead letters lie: topic, group and number.',
    answers: { 200: z.object({ queues: z.array(queue) }) },
  })
  async queues(): Promise<{ queues: z.infer<typeof queue>[] }> {
    const topics = await orUnavailable('Kafka', () => this.letters.topics());
    return { queues: topics.flatMap(({ name: queueName, letters }) => ({ ...originOf(queueName), letters })) };
  }

  @Route({
    method: 'get',
    path: '/api/v1/dlq/:topic/:group',
    access: 'viewer',
    summary: 'The dead letters of a group, the oldest first.',
    query: filter,
    answers: { 200: z.object({ letters: z.array(letter) }) },
  })
  async list(
    @Param('topic', parsePath(name)) topic: string,
    @Param('group', parsePath(name)) group: string,
    @Query(parseQuery(filter)) query: z.infer<typeof filter>,
  ): Promise<{ letters: DeadLetter[] }> {
    const wanted = { limit: query.limit ?? 100, ...(query.code === undefined ? {} : { code: query.code }) };
    return { letters: await orUnavailable('Kafka', () => this.letters.list(topic, group, wanted)) };
  }

  @Route({
    method: 'get',
    path: '/api/v1/dlq/:topic/:group/:id',
    access: 'operator',
    summary: 'One dead letter with its headers and the first 64 KiB of its value. It may hold what a caller sent.',
    answers: { 200: wholeLetter },
  })
  async show(
    @Param('topic', parsePath(name)) topic: string,
    @Param('group', parsePath(name)) group: string,
    @Param('id') id: string,
  ): Promise<z.infer<typeof wholeLetter>> {
    const found = await orUnavailable('Kafka', () => this.letters.show(topic, group, id));
    if (!found) throw notFound('dead letter', id);
    return { ...found, value: found.value && found.value.subarray(0, mostShown).toString('utf8') };
  }

  @Route({
    method: 'post',
    path: '/api/v1/dlq/:topic/:group/replay',
    access: 'operator',
    summary: 'Send dead letters back to their topic. What was applied already is not applied twice.',
    body: replayBody,
    answers: { 202: z.object({ replayed: z.int() }) },
  })
  async replay(
    @Param('topic', parsePath(name)) topic: string,
    @Param('group', parsePath(name)) group: string,
    @Body(parseBody(replayBody)) { reason, ids, code }: z.infer<typeof replayBody>,
    @Caller() caller: Principal,
  ): Promise<{ replayed: number }> {
    const choice = { ...(ids ? { ids } : {}), ...(code === undefined ? {} : { code }) };
    const result = await orUnavailable('Kafka', () => this.letters.replay(topic, group, choice)).catch(nameUnknown);
    const blank = { rollout: null, model: null, from: null, to: null, revision: null };
    const told = `${result.replayed} of ${topic} for ${group}: ${reason}`;
    await this.store.transaction((tx) =>
      tx.audit.add({ ...blank, at: this.clock.now(), actor: caller.name, action: 'replay-dead-letters', reason: told }),
    );
    return result;
  }
}

function nameUnknown(error: unknown): never {
  if (error instanceof BusError && error.code === 'dead-letter-unknown') throw notFound('dead letter', error.message);
  throw error;
}

/** `<topic>.<group>.dlq`, where the topic is one of the plan's. */
function originOf(name: string): { topic: string; group: string } {
  const topic = topicPlans.find((plan) => name.startsWith(`${plan.topic}.`))?.topic ?? name;
  return { topic, group: name.slice(topic.length + 1).replace(/\.?dlq$/, '') };
}
