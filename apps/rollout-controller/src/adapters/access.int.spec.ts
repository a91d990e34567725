// Who may do what: every route with every role, and the ways around that are none.
import { httpControllers } from '../app.module';
import { routesOf } from './http/route';
import { RealControllers } from './real-controller.fixture';

const roles = ['viewer', 'operator', 'admin', 'producer'] as const;
const permitted: Record<string, readonly string[]> = {
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
  public: roles,
};
const routes = routesOf(httpControllers);

describe('access', () => {
  let controllers: RealControllers;
  const keys: Record<string, string> = {};

  beforeAll(async () => {
    controllers = await RealControllers.start(process.env);
    for (const role of roles) keys[role] = await controllers.roleKey(role);
  });

  afterAll(() => controllers.stop());

  const concrete = (path: string) => path.replace(':action', 'pause').replace(/:\w+/g, 'nobody');
  // server-sent events do not end: a refusal does
  const streams = (path: string) => path.endsWith('/api/v1/events');

  it.each(
    routes.flatMap((route) =>
      roles.map((role) => [route.method.toUpperCase(), route.path, role, route.access] as const),
    ),
  )('%s %s with a key of role %s', async (method, path, role, access) => {
    const may = permitted[access]?.includes(role);
    if (may && streams(path)) return expect(may).toBe(true);
    const response = await fetch(`${controllers.url()}${concrete(path)}`, {
      method,
      headers: {
        authorization: `Bearer ${keys[role]}`,
        ...(method === 'GET' || method === 'DELETE' ? {} : { 'content-type': 'application/json' }),
      },
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
    });
    await response.arrayBuffer();
    expect(response.status === 403).toBe(!may);
    expect(response.status).not.toBe(401);
  });

  it.each(routes.filter(({ access }) => access !== 'public').map(({ method, path }) => [method.toUpperCase(), path]))(
    '%s %s without a key is a 401',
    async (method = '', path = '') => {
      const { status, body } = await controllers.call(method, concrete(path), undefined, { key: null });
      expect([status, body.error.code]).toEqual([401, 'unauthenticated']);
    },
  );

  it.each([
    '/api/v1/keys/',
    '//api/v1/keys',
    '/API/v1/keys',
    '/api/v1/%6beys',
    '/api/v1/keys%2f',
    '/api/v1/../v1/keys',
  ])('%s is no way around', async (path) => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const response = await fetch(`${controllers.url()}${path}`, { method });
      expect([401, 404]).toContain(response.status);
      await response.arrayBuffer();
    }
  });

  it.each([
    '',
    'Bearer',
    'Bearer x',
    'Basic d2Vpcjp3ZWly',
    'Bearer weir_boot_',
    'Bearer weir_boot_wrong',
    'Bearer weir___proto____x',
  ])('refuses Authorization: %j', async (authorization) => {
    const response = await fetch(`${controllers.url()}/api/v1/models`, { headers: { authorization } });
    expect(response.status).toBe(401);
  });

  describe('an API key', () => {
    it('is shown once, kept as a digest, and stops at once when revoked', async () => {
      const made = await controllers.call<{ id: string; key: string }>('POST', '/api/v1/keys', {
        name: 'ci',
        role: 'viewer',
      });
      expect(made.status).toBe(201);
      const { id, key } = made.body;
      expect((await controllers.call('GET', '/api/v1/models', undefined, { key })).status).toBe(200);
      const secret = key.split('_').slice(2).join('_');
      const everything = JSON.stringify([
        await controllers.rows('select * from api_key'),
        (await controllers.call('GET', '/api/v1/keys')).body,
      ]);
      expect(everything).not.toContain(secret);
      expect((await controllers.call('DELETE', `/api/v1/keys/${id}`)).status).toBe(200);
      expect((await controllers.call('GET', '/api/v1/models', undefined, { key })).status).toBe(401);
    });

    it('ends when its time is over', async () => {
      const { body } = await controllers.call<{ key: string }>('POST', '/api/v1/keys', {
        name: 'brief',
        role: 'viewer',
        expiresAt: '2020-01-01T00:00:00Z',
      });
      expect((await controllers.call('GET', '/api/v1/models', undefined, { key: body.key })).status).toBe(401);
    });

    it.each([
      { name: 'x' },
      { name: 'x', role: 'root' },
      { name: '', role: 'viewer' },
      { name: 'x', role: 'viewer', secret: 'mine' },
    ])('is refused for %j', async (body) => {
      expect((await controllers.call('POST', '/api/v1/keys', body)).status).toBe(400);
    });
  });
});
