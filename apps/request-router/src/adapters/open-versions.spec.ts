// A version's servers as a policy asks for them, over real sockets: its secret, its metrics.
import { createLogger, createMetrics, Secrets } from '@weir/service';
import { buildPolicy, eventually, ModelServer } from '@weir/testing';
import { readConfig } from '../config';
import { DescribeModel } from '../describe-model';
import { ServeModels } from '../serve-models';
import { instanceFigures, watchInstances } from './instance-metrics';
import { openVersions } from './open-versions';

const call = {
  method: 'POST',
  path: '/v2/models/m/infer',
  headers: [],
  body: Buffer.from('{}'),
  timeoutMs: 5_000,
} as const;
const metrics = createMetrics('spec');
const figures = instanceFigures(metrics, () => true);
let server: ModelServer;
let models: ServeModels;

function serve(environment: Record<string, string>, auth = { header: 'authorization', secretRef: 'spam-key' }): void {
  const config = readConfig({ KAFKA_BROKERS: 'k:1', WEIR_PROFILE: 'local', ...environment });
  const secrets = new Secrets(
    { directory: config.secretsDirectory, environment: config.secrets },
    createLogger('spec', 'silent'),
  );
  models = new ServeModels(openVersions(config, secrets, figures));
  const v1 = { modelName: 'm', instances: [{ url: server.url, state: 'in-service' as const }], auth };
  models.accept(buildPolicy({ versions: { v1 }, stable: 'v1', slices: [] }), 'live');
}

const serversOf = (version: string) => {
  const found = models.find('spam')?.versions.get(version)?.servers;
  if (!found) throw new Error(`no ${version}`);
  return found;
};

beforeEach(async () => (server = await ModelServer.start()));
afterEach(() => Promise.all([models.close(), server.stop()]));

describe('a version whose servers ask for a secret', () => {
  it('sends it, in place of what the caller sent under that name', async () => {
    serve({ WEIR_SECRET_SPAM_KEY: 'Bearer of the router' });
    await serversOf('v1').call({ ...call, headers: ['Authorization', 'Bearer of the caller'] }, true);
    expect(server.asked[0]?.headers).toMatchObject({ authorization: 'Bearer of the router' });
  });

  it('is not ready without it, says its name, and is not asked', async () => {
    serve({});
    expect(serversOf('v1').ready).toBe(false);
    expect(new DescribeModel(models).ready('spam', undefined)).toEqual({
      status: 503,
      problem: 'v1 is not ready: the secret spam-key is missing',
    });
    expect(await serversOf('v1').call(call, true)).toMatchObject({
      cause: 'unreachable',
      sent: false,
      detail: 'the secret spam-key is missing',
    });
    expect(server.asked).toEqual([]);
  });

  it('is opened anew when its policy names another', async () => {
    serve({ WEIR_SECRET_SPAM_KEY: 'one', WEIR_SECRET_OTHER: 'two' });
    const auth = { header: 'x-key', secretRef: 'other' };
    const v1 = { modelName: 'm', instances: [{ url: server.url, state: 'in-service' as const }], auth };
    models.accept(buildPolicy({ revision: 2, versions: { v1 }, stable: 'v1', slices: [] }), 'live');
    await serversOf('v1').call(call, true);
    expect(server.asked[0]?.headers).toMatchObject({ 'x-key': 'two' });
    expect(server.asked[0]?.headers).not.toHaveProperty('authorization');
  });
});

it('asks by the client that is configured: undici leaves out what is of a connection, our own refuses it', async () => {
  const odd = { ...call, headers: ['connection', 'keep-alive'] };
  serve({ WEIR_SECRET_SPAM_KEY: 'k', WEIR_MODEL_CLIENT: 'undici' });
  expect(await serversOf('v1').call(odd, true)).toMatchObject({ kind: 'answered', status: 200 });
  await models.close();
  serve({ WEIR_SECRET_SPAM_KEY: 'k' });
  expect(await serversOf('v1').call(odd, true)).toMatchObject({ cause: 'unreachable', sent: false });
  expect(await serversOf('v1').call(call, true)).toMatchObject({ kind: 'answered', status: 200 });
});

it('shows instances by state, circuits that opened and nothing of secrets in the metrics', async () => {
  watchInstances(metrics, () => models.instances());
  serve({ WEIR_SECRET_SPAM_KEY: 'very-secret' });
  server.behaviour = { kind: 'reset' };
  for (let i = 0; i < 5; i++) await serversOf('v1').call(call, true);
  await eventually(async () =>
    (await metrics.registry.metrics()).includes('weir_router_instances{model="spam",version="v1",state="open"'),
  );
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/weir_router_circuit_openings_total\{model="spam",version="v1",by="no-answer".*\} 1/);
  expect(text).toMatch(/weir_router_instances\{model="spam",version="v1",state="open".*\} 1/);
  expect(text).not.toContain('very-secret');
});
