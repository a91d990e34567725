// The updaters, each against a server that it would meet.
import { EgressPolicy } from '@weir/open-inference';
import { ModelServer } from '@weir/testing';
import { createHmac } from 'node:crypto';
import { type InstanceWork } from '../../domain/instance-work';
import { InstanceClient } from './instance-client';
import { ManualUpdater } from './manual-updater';
import { RepositoryUpdater } from './repository-updater';
import { describeUpdater } from './updater.contract';
import { WebhookUpdater } from './webhook-updater';

const client = new InstanceClient({
  egress: new EgressPolicy({ allowLoopback: true, only: undefined }),
  trust: undefined,
  secret: () => undefined,
});
const secret = (name: string) => (name === 'webhook' ? 'a key' : undefined);
const webhook = new WebhookUpdater({ client, secret, nowSeconds: () => 1_700_000_000 });

function workFor(url: string, updater: InstanceWork['stage']['updater']): InstanceWork {
  const served = { protocol: 'open-inference', modelVersion: undefined, auth: undefined, timeoutMs: 1_000 } as const;
  return {
    ...{ rollout: 'r-1', attempt: 2, model: 'spam', url, kind: 'update', phase: 'updating', since: 'then' },
    from: { ...served, version: 'v1', modelName: 'spam-1' },
    to: { ...served, version: 'v2', modelName: 'spam 2' },
    stage: { updater, warmup: 0, deadlineMs: 10_000 },
  };
}

describeUpdater('repository', async () => {
  const server = await ModelServer.start();
  const work = workFor(server.url, { repository: {} });
  return { updater: new RepositoryUpdater(client), work, goAway: () => server.stop() };
});

describeUpdater('webhook', async () => {
  const server = await ModelServer.start();
  const work = workFor('http://127.0.0.1:1', { webhook: { url: `${server.url}/deploy` } });
  return { updater: webhook, work, goAway: () => server.stop() };
});

describeUpdater('manual', () =>
  Promise.resolve({
    updater: new ManualUpdater(),
    work: workFor('http://127.0.0.1:1', { manual: {} }),
    goAway: () => Promise.resolve(),
  }),
);

describe('what they say', () => {
  let server: ModelServer;
  beforeEach(async () => {
    server = await ModelServer.start();
  });
  afterEach(() => server.stop());

  it('a repository is told to load the one, and to unload the other', async () => {
    const updater = new RepositoryUpdater(client);
    const work = workFor(server.url, { repository: {} });
    expect(await updater.update(work)).toEqual({ kind: 'done' });
    await updater.release(work);
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v2/repository/models/spam%202/load',
      'POST /v2/repository/models/spam-1/unload',
    ]);
  });

  it.each([
    [404, 'refused'],
    [429, 'again'],
    [503, 'again'],
  ])('an answer of %i is %s', async (status, kind) => {
    server.behaviour = { kind: 'answer', status };
    expect(await new RepositoryUpdater(client).update(workFor(server.url, { repository: {} }))).toMatchObject({ kind });
    expect(await webhook.update(workFor('http://127.0.0.1:1', { webhook: { url: server.url } }))).toMatchObject({
      kind,
    });
  });

  it('a webhook is signed, and says by one id what it has said before', async () => {
    const work = workFor('http://127.0.0.1:1', { webhook: { url: `${server.url}/deploy` } });
    await webhook.update(work);
    const [asked] = server.asked;
    const body = JSON.parse(asked?.body.toString() ?? '') as object;
    expect(body).toEqual({
      ...{ id: 'r-1 http://127.0.0.1:1 then', rollout: 'r-1', model: 'spam', instance: 'http://127.0.0.1:1' },
      ...{ from: 'v1', to: 'v2', attempt: 2 },
    });
    const mac = createHmac('sha256', 'a key').update(`1700000000.${asked?.body.toString()}`).digest('hex');
    expect(asked?.headers['x-weir-signature']).toBe(`t=1700000000,v1=${mac}`);
  });

  it('nothing is sent unsigned', async () => {
    const unsigned = new WebhookUpdater({ client, secret: () => undefined, nowSeconds: () => 0 });
    const answer = await unsigned.update(workFor('http://127.0.0.1:1', { webhook: { url: server.url } }));
    expect([answer.kind, server.asked]).toEqual(['again', []]);
  });
});
