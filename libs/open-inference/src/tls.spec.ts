// Model servers that speak TLS: certificates are verified, always, and for the name that the manifest has.
import { createServer, type Server } from 'node:https';
import { type AddressInfo } from 'node:net';
import { runInThisContext } from 'node:vm';
import { TestAuthority } from '@weir/testing';
import { type ClientOptions } from './client-options';
import { DirectModelServer } from './direct/direct-model-server';
import { EgressPolicy } from './egress-policy';
import { type ModelAnswer, type ModelServer } from './model-server';
import { trusting } from './trust';
import { UndiciModelServer } from './undici-model-server';

const egress = new EgressPolicy({ allowLoopback: true });
const [authority, stranger] = [new TestAuthority(), new TestAuthority()];
const trust = trusting(authority.cert);
const servers: Server[] = [];

/** Knows its certificate's host; answers with the Host header and the name that TLS asked for. */
async function serve(by: TestAuthority, host: string): Promise<number> {
  const server = createServer(by.issue(host), (request, response) => {
    const { servername } = request.socket as unknown as { servername: string | false };
    response.end(JSON.stringify({ host: request.headers.host, servername }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

type Open = (url: string, options: ClientOptions) => ModelServer;

const clients: readonly [string, Open][] = [
  ['undici', (url, options) => new UndiciModelServer(url, options)],
  ['direct', (url, options) => new DirectModelServer(url, options)],
];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe.each(clients)('https, by %s,', (_name, open) => {
  const ask = async (url: string, options: Partial<ClientOptions>): Promise<ModelAnswer> => {
    const server = open(url, { egress, ...options });
    const answer = await server.call({ method: 'GET', path: '/', headers: [], body: null, timeoutMs: 10_000 });
    await server.close();
    return answer;
  };

  it('is spoken with a server whose authority is trusted', async () => {
    const port = await serve(authority, '127.0.0.1');
    expect(await ask(`https://127.0.0.1:${port}`, { trust })).toMatchObject({ kind: 'answered', status: 200 });
  });

  it('carries large answers one after the other over one connection', async () => {
    const connections = new Set<unknown>();
    const server = createServer(authority.issue('127.0.0.1'), (request, response) => {
      connections.add(request.socket);
      response.end('x'.repeat(300_000));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = open(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, { egress, trust });
    for (let i = 0; i < 5; i++) {
      const answer = await client.call({ method: 'GET', path: '/', headers: [], body: null, timeoutMs: 10_000 });
      expect(answer.kind === 'answered' && answer.body.toString()).toBe('x'.repeat(300_000));
    }
    expect(connections.size).toBeLessThan(3); // undici may ask for a second while the first is on its way back
    await client.close();
  });

  it('takes a followed name for what the certificate must say, whatever the address that is dialled', async () => {
    const port = await serve(authority, 'models.test');
    const answer = await ask(`https://models.test:${port}`, { trust, address: '127.0.0.1' });
    expect(answer).toMatchObject({ kind: 'answered', status: 200 });
    const said: unknown = answer.kind === 'answered' ? JSON.parse(answer.body.toString()) : undefined;
    expect(said).toEqual({ host: `models.test:${port}`, servername: 'models.test' });
  });

  it.each([
    ['another authority', stranger, '127.0.0.1', { trust }],
    ['an authority that nobody named', authority, '127.0.0.1', {}],
    ['another host', authority, '127.0.0.2', { trust }],
  ])('is not spoken with a server of %s: nothing is sent', async (_, by, host, options) => {
    const port = await serve(by, host);
    const answer = await ask(`https://127.0.0.1:${port}`, options);
    expect(answer).toMatchObject({ kind: 'failed', cause: 'unreachable', sent: false });
  });

  it('verifies even where the environment says not to', async () => {
    const port = await serve(stranger, '127.0.0.1');
    // Jest's process is a copy, of which Node's own TLS sees nothing
    const { env } = runInThisContext('process') as NodeJS.Process;
    env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(await ask(`https://127.0.0.1:${port}`, { trust })).toMatchObject({ cause: 'unreachable', sent: false });
    } finally {
      delete env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  it('holds a followed address to the egress policy', async () => {
    const port = await serve(authority, 'models.test');
    const strict = new EgressPolicy({ allowLoopback: false });
    const answer = await ask(`https://models.test:${port}`, { trust, address: '127.0.0.1', egress: strict });
    expect(answer).toMatchObject({ cause: 'unreachable', sent: false, detail: '127.0.0.1 is loopback' });
  });

  it('does not take for an authority what is none', () => {
    expect(() => trusting('not a certificate')).toThrow('no certificate');
    expect(() => trusting('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')).toThrow();
  });
});
