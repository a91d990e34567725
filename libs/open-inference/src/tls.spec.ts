// Model servers that speak TLS: certificates are verified, always, and for the name that the manifest has.
import { createServer, type Server } from 'node:https';
import { type AddressInfo } from 'node:net';
import { runInThisContext } from 'node:vm';
import { TestAuthority } from '@weir/testing';
import { EgressPolicy } from './egress-policy';
import { type ModelAnswer } from './model-server';
import { trusting } from './trust';
import { UndiciModelServer, type UndiciOptions } from './undici-model-server';

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

async function ask(url: string, options: Partial<UndiciOptions>): Promise<ModelAnswer> {
  const server = new UndiciModelServer(url, { egress, ...options });
  const answer = await server.call({ method: 'GET', path: '/', headers: [], body: null, timeoutMs: 10_000 });
  await server.close();
  return answer;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('https', () => {
  it('is spoken with a server whose authority is trusted', async () => {
    const port = await serve(authority, '127.0.0.1');
    expect(await ask(`https://127.0.0.1:${port}`, { trust })).toMatchObject({ kind: 'answered', status: 200 });
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
