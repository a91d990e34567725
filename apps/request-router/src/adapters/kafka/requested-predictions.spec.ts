// The Kafka intake by its promises: nothing is committed before it is on disk, and redelivery only repeats.
import { DependencyDown, RefusedRecords, type Chunk, type Received } from '@weir/bus';
import { predictionRequested, type PredictionRequested } from '@weir/contracts';
import { FakeModelServer, VersionServers } from '@weir/open-inference';
import { buildPolicy, buildPredictionRequested } from '@weir/testing';
import { uuidv7 } from 'uuidv7';
import { AnswerRequested } from '../../answer-requested';
import { type Routed } from '../../domain/prediction';
import { replyTopicFilter } from '../../domain/reply-topics';
import { MemoryPredictionLog } from '../../memory-prediction-log';
import { RoutePrediction } from '../../route-prediction';
import { ServeModels } from '../../serve-models';
import { renderReply } from './kafka-replies';
import { RequestedPredictions } from './requested-predictions';

const clock = { nowMs: () => Date.now(), steadyMs: () => performance.now() };
const opened: ServeModels[] = [];
afterEach(() => Promise.all(opened.splice(0).map((models) => models.close())));

function intake({ known = true } = {}) {
  const server = new FakeModelServer('http://a', { kind: 'answer', body: '{"outputs":[]}', afterMs: 5 });
  const models = new ServeModels(
    (target) => new VersionServers(target.server, { open: () => server, timing: { intervalMs: 60_000 } }),
  );
  opened.push(models);
  models.accept(buildPolicy(), 'live');
  const log = new MemoryPredictionLog();
  const route = new RoutePrediction(models, log, { predicted: () => undefined }, clock, {
    router: 'r',
    durable: false,
  });
  const replies: { topic: string; predictionId: string; routed: Routed }[] = [];
  const sender = {
    reply: (topic: string, { predictionId }: PredictionRequested, routed: Routed) =>
      void replies.push({ topic, predictionId, routed }),
  };
  const requests = new AnswerRequested(models, route, sender, replyTopicFilter(['weir.reply.*']), clock, uuidv7);
  return { handler: new RequestedPredictions(requests, () => known), log, server, replies };
}

function received(
  some: Partial<PredictionRequested> = {},
  headers: Record<string, string> = {},
): Received<PredictionRequested> {
  const event = buildPredictionRequested(some);
  const value = Buffer.from(predictionRequested.encode(event));
  return {
    event,
    record: { topic: predictionRequested.topic, partition: 0, offset: '0', key: null, value, headers, timestampMs: 0 },
  };
}

function chunk(...records: Received<PredictionRequested>[]): Chunk<PredictionRequested> {
  return { topic: predictionRequested.topic, partition: 0, records, heartbeat: () => Promise.resolve() };
}

describe('the intake of requested predictions', () => {
  it('answers a chunk, each request once, at most 32 at a time, and is done when every record is on disk', async () => {
    const { handler, log, server } = intake();
    let underWay = 0;
    let most = 0;
    const call = server.call.bind(server);
    server.call = async (asked) => {
      if (asked.method !== 'POST') return call(asked); // a probe
      most = Math.max(most, ++underWay);
      return call(asked).finally(() => underWay--);
    };
    await handler.handle(chunk(...Array.from({ length: 100 }, (_, index) => received({ predictionId: `p-${index}` }))));
    expect(log.appended).toHaveLength(100);
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(32);
  });

  it('when redelivered asks again and records again, under the same prediction id and another record id', async () => {
    const { handler, log } = intake();
    const one = received({ predictionId: 'twice' });
    await handler.handle(chunk(one));
    await handler.handle(chunk(one));
    expect(log.events.map(({ predictionId }) => predictionId)).toEqual(['twice', 'twice']);
    expect(new Set(log.entries.map(({ id }) => id)).size).toBe(2);
  });

  it('is not done, so that nothing is committed, while the journal cannot take a record', async () => {
    const { handler, log } = intake();
    log.failure = new Error('the journal has no room');
    await expect(handler.handle(chunk(received()))).rejects.toThrow('no room');
  });

  it('refuses what can never be served before anything is asked', async () => {
    const { handler, log, server } = intake();
    const attributes = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`attribute-${index}`, 'x'.repeat(20)]),
    );
    const bad = [
      received({ model: 'nope' }),
      received({}, { 'reply-to': 'weir.policy-published.v1' }),
      received({ attributes }),
    ];
    const refused = await handler.handle(chunk(received(), ...bad)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RefusedRecords);
    expect((refused as RefusedRecords).refusals.map(({ code }) => code)).toEqual([
      'unknown-model',
      'reply-topic-refused',
      'too-many-attributes',
    ]);
    expect((refused as RefusedRecords).refusals.map(({ record }) => record)).toEqual(bad.map(({ record }) => record));
    expect(log.entries).toEqual([]);
    expect(server.calls.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('waits for a policy instead of calling every model unknown', async () => {
    const { handler } = intake({ known: false });
    await expect(handler.handle(chunk(received()))).rejects.toBeInstanceOf(DependencyDown);
  });

  it('copies the answer where the caller reads, and keeps it in the record whatever the policy keeps', async () => {
    const { handler, replies, log } = intake();
    await handler.handle(
      chunk(received({ predictionId: 'a' }, { 'reply-to': 'weir.reply.mine', traceparent: '00-1' })),
    );
    expect(replies).toEqual([expect.objectContaining({ topic: 'weir.reply.mine', predictionId: 'a' })]);
    expect(log.events[0]?.capture?.response).toMatchObject({ kind: 'json', body: { outputs: [] } });
    expect(log.entries[0]?.traceparent).toBe('00-1');
  });
});

describe('a copied answer', () => {
  const answer = {
    kind: 'answer',
    status: 200,
    headers: {},
    isJson: false,
    answeredBy: 'v1',
    assigned: 'v2',
    policyRevision: 3,
  } as const;

  it('carries the body as it came, or as base64 where it is no JSON', () => {
    const head = '{"predictionId":"p","model":"m","status":200,"version":"v1","assigned":"v2","policy":3';
    expect(renderReply('p', 'm', { ...answer, body: Buffer.from('{"n": 9007199254740993}') })).toBe(
      `${head},"response":{"n": 9007199254740993}}`,
    );
    expect(JSON.parse(renderReply('p', 'm', { ...answer, body: Buffer.from('{},"status":500') }))).toMatchObject({
      status: 200,
      responseBase64: Buffer.from('{},"status":500').toString('base64'),
    });
  });

  it('says why there is none', () => {
    expect(JSON.parse(renderReply('p', 'm', { kind: 'refusal', status: 504, message: 'late' }))).toEqual({
      predictionId: 'p',
      model: 'm',
      status: 504,
      error: 'late',
    });
  });
});
