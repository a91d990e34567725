// What Kafka may do to the controller: be away between commit and publication, bring records again, bring rubbish.
import { evidence, policyPublished } from '@weir/contracts';
import { buildEvidence, eventually } from '@weir/testing';
import { RealControllers } from './real-controller.fixture';

const versions = { v1: { instances: ['http://127.0.0.1:9101'] }, v2: { instances: ['http://127.0.0.1:9102'] } };

describe('Kafka and the controller', () => {
  let controllers: RealControllers;

  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
    await controllers.call('PUT', '/api/v1/models/m', { stable: 'v1', versions });
  });
  afterAll(() => controllers.stop());

  it('what was committed while Kafka was away is published by whoever comes next', async () => {
    const cutOff = await controllers.another({ KAFKA_BROKERS: '127.0.0.1:1' });
    const made = await controllers.call('PUT', '/api/v1/models/kept', { stable: 'v1', versions }, { at: 1 });
    expect(made.status).toBe(201);
    await controllers.end(cutOff);
    await eventually(() => controllers.published.some(({ model, revision }) => model === 'kept' && revision === 1));
    await eventually(
      async () => (await controllers.rows<{ count: string }>('select count(*) from bus_outbox'))[0]?.count === '0',
    );
  });

  it('a record that comes again is not applied again', async () => {
    const row = (n: number, sequence: number) => ({ ...golden, rollout: 'again', n, sequence });
    for (const [n, sequence] of [
      [1, 1],
      [5, 3],
      [3, 2],
    ] as const)
      await controllers.send(evidence, row(n, sequence));
    const stored = () =>
      controllers.rows<{ n: number; sequence: number }>("select n, sequence from evidence where rollout = 'again'");
    await eventually(async () => (await stored())[0]?.sequence === 3);
    // the group starts again from the beginning of the topic, as after a lost commit and a lost ledger
    await controllers.rows("update bus_ledger set next_offset = 0 where topic = 'weir.evidence.v1'");
    await controllers.restart();
    await controllers.send(evidence, { ...row(7, 4), arm: 'v2' });
    await eventually(async () => (await stored()).length === 2);
    expect(await stored()).toEqual(
      expect.arrayContaining([
        { n: 5, sequence: 3 },
        { n: 7, sequence: 4 },
      ]),
    );
  });

  it('rubbish is a dead letter with its reason, and can be looked at and sent back', async () => {
    const topic = evidence.topic;
    await controllers.producer.send([
      { topic, key: 'x', value: '{"rollout": 1}' },
      { topic, key: 'x', value: 'rubbish' },
      { topic, key: 'x', value: '{"__proto__": {"polluted": true}}' },
    ]);
    await controllers.send(evidence, { ...golden, rollout: 'behind-rubbish' });
    await eventually(
      async () => (await controllers.rows("select 1 from evidence where rollout = 'behind-rubbish'")).length === 1,
    );
    const queued = async () => {
      type Queues = { queues: { topic: string; group: string; letters: number }[] };
      const { body } = await controllers.call<Queues>('GET', '/api/v1/dlq');
      return body.queues.find((queue) => queue.topic === topic);
    };
    await eventually(async () => (await queued())?.letters === 3);
    expect(await queued()).toEqual({ topic, group: 'rollout-controller', letters: 3 });
    const path = `/api/v1/dlq/${topic}/rollout-controller`;
    const { letters } = (await controllers.call<{ letters: { id: string; code: string }[] }>('GET', path)).body;
    expect(letters).toHaveLength(3);
    const id = letters[0]?.id ?? '';
    expect((await controllers.call('GET', `${path}/${id}`)).body['value']).toMatch(/rollout|rubbish|polluted/);
    expect((await controllers.call('GET', `${path}/nobody`)).status).toBe(404);
    expect((await controllers.call('POST', `${path}/replay`, { ids: ['nobody'], reason: 'mended' })).status).toBe(404);
    expect((await controllers.call('POST', `${path}/replay`, { ids: [id] })).status).toBe(400);
    expect((await controllers.call('POST', `${path}/replay`, { ids: [id], reason: 'mended' })).body).toEqual({
      replayed: 1,
    });
    expect(await controllers.rows("select actor, reason from audit where action = 'replay-dead-letters'")).toEqual([
      { actor: 'bootstrap', reason: `1 of ${topic} for rollout-controller: mended` },
    ]);
  });

  it('publishes what its contract says', async () => {
    const policy = await eventually(() => controllers.published.find(({ model }) => model === 'm'));
    expect(() => policyPublished.encode(policy)).not.toThrow();
  });
});

const golden = buildEvidence();
