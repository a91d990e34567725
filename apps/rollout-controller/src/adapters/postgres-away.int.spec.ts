// Postgres goes away and comes back: callers are told to come again, nothing is half done, nobody restarts anything.
import { eventually, required, TcpFaultProxy } from '@weir/testing';
import { RealControllers } from './real-controller.fixture';

const versions = { v1: { instances: ['http://127.0.0.1:9101'] }, v2: { instances: ['http://127.0.0.1:9102'] } };

describe('a controller whose Postgres goes away', () => {
  let controllers: RealControllers;
  let proxy: TcpFaultProxy;

  beforeAll(async () => {
    const direct = new URL(required('DATABASE_URL', process.env));
    proxy = await TcpFaultProxy.start({ host: direct.hostname, port: Number(direct.port) });
    controllers = await RealControllers.start(process.env);
    const through = new URL(direct);
    through.port = String(proxy.port);
    await controllers.another({ DATABASE_URL: through.href });
  });
  afterAll(async () => {
    proxy.heal();
    await controllers.stop();
    await proxy.stop();
  });

  it('answers 503 and says so in /readyz, and does its work when it is back', async () => {
    const put = () => controllers.call('PUT', '/api/v1/models/m', { stable: 'v1', versions }, { at: 1 });
    const ready = async () => (await fetch(`${controllers.url(1)}/readyz`)).status;
    expect((await put()).status).toBe(201);
    proxy.set({ kind: 'reset' });
    for (const call of [put, () => controllers.call('GET', '/api/v1/models', undefined, { at: 1 })]) {
      const { status, body, headers } = await call();
      expect([status, body.error.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
    }
    await eventually(async () => (await ready()) === 503);
    expect((await fetch(`${controllers.url(1)}/livez`)).status).toBe(200);
    proxy.heal();
    await eventually(async () => (await ready()) === 200);
    expect((await put()).status).toBe(200);
    expect((await controllers.call('GET', '/api/v1/models/m', undefined, { at: 0 })).status).toBe(200);
  });
});
