// Instant queries against a server that speaks the HTTP API of Prometheus, and against all that it may be instead.
import { EgressPolicy } from '@weir/open-inference';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { PrometheusClient } from './prometheus-client';

type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => void;

describe('the client of Prometheus', () => {
  let server: Server;
  let handle: Handler = () => undefined;
  const counted: string[] = [];
  const counter = { inc: ({ result }: { result: string }) => void counted.push(result) };
  const client = new PrometheusClient({ egress: new EgressPolicy({ allowLoopback: true }), counter, timeoutMs: 2_000 });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => handle(request, body, response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const answering = (status: number, body: unknown) => {
    handle = (_request, _body, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  };
  const success = (resultType: string, result: unknown) => ({ status: 'success', data: { resultType, result } });
  const series = (...values: string[]) =>
    success(
      'vector',
      values.map((value) => ({ metric: {}, value: [1_764, value] })),
    );

  it('asks for the query as it stands, below the base URL', async () => {
    const seen: unknown[] = [];
    handle = ({ method, url: path, headers }, body, response) => {
      seen.push([method, path, headers['content-type'], new URLSearchParams(body).get('query')]);
      response.end(JSON.stringify(series('3.5')));
    };
    const query = 'sum(rate(x{version="v2"}[1m])) + 1 & "ü"';
    expect(await client.ask(`${url()}/prom`, query)).toEqual({ kind: 'number', value: '3.5' });
    expect(seen).toEqual([['POST', '/prom/api/v1/query', 'application/x-www-form-urlencoded', query]]);
  });

  it.each<[string, number, unknown, object]>([
    ['a scalar', 200, success('scalar', [1_764, '7']), { kind: 'number', value: '7' }],
    ['infinity', 200, series('+Inf'), { kind: 'number', value: '+Inf' }],
    ['no series', 200, series(), { kind: 'no-data' }],
    ['not a number', 200, series('NaN'), { kind: 'no-data' }],
    ['a scalar that is not a number', 200, success('scalar', [1_764, 'NaN']), { kind: 'no-data' }],
    ['two series', 200, series('1', '2'), { kind: 'error', detail: '2 series, where the query must give one' }],
    ['a range', 200, success('matrix', []), { kind: 'error', detail: 'a matrix, where the query must give a number' }],
    [
      'a string',
      200,
      success('string', [1, 'x']),
      { kind: 'error', detail: 'a string, where the query must give a number' },
    ],
    [
      'a native histogram',
      200,
      success('vector', [{ metric: {}, histogram: [1_764, {}] }]),
      { kind: 'error', detail: 'a histogram, where the query must give a number' },
    ],
    ['a value that is none', 200, series('many'), { kind: 'error', detail: 'the value is not a number' }],
    [
      'a query it does not understand',
      400,
      { status: 'error', errorType: 'bad_data', error: 'parse error' },
      { kind: 'error', detail: 'bad_data: parse error' },
    ],
    ['a page of something else', 200, '<html>', { kind: 'error', detail: 'the answer is not of the Prometheus API' }],
    ['another JSON', 200, { status: 'success' }, { kind: 'error', detail: 'the answer is not of the Prometheus API' }],
    ['nothing', 204, '', { kind: 'error', detail: 'status 204' }],
    ['a redirect', 302, '', { kind: 'error', detail: 'status 302' }],
    ['no key', 401, 'who are you?', { kind: 'error', detail: 'status 401' }],
    [
      'a number that is a number',
      200,
      success('scalar', [1_764, 7]),
      { kind: 'error', detail: 'the answer is not of the Prometheus API' },
    ],
  ])('takes %s for what it is', async (_what, status, body, answer) => {
    answering(status, body);
    expect(await client.ask(url(), 'up')).toEqual(answer);
  });

  it('does not wait for ever, nor read for ever', async () => {
    const impatient = new PrometheusClient({
      egress: new EgressPolicy({ allowLoopback: true }),
      counter,
      timeoutMs: 50,
    });
    handle = () => undefined;
    expect(await impatient.ask(url(), 'up')).toEqual({ kind: 'error', detail: 'no whole answer within 50 ms' });
    answering(200, 'x'.repeat(1024 ** 2 + 1));
    expect(await client.ask(url(), 'up')).toMatchObject({
      kind: 'error',
      detail: expect.stringContaining('bytes') as string,
    });
  });

  it('says that nobody is there', async () => {
    expect(await client.ask('http://127.0.0.1:1', 'up')).toMatchObject({ kind: 'error' });
  });

  it('goes only where model servers may be', async () => {
    let reached = false;
    handle = () => (reached = true);
    const production = new PrometheusClient({ egress: new EgressPolicy({ allowLoopback: false }), counter });
    expect(await production.ask(url(), 'up')).toEqual({ kind: 'error', detail: '127.0.0.1 is loopback' });
    expect(reached).toBe(false);
  });

  it('counts what came of each asking', () => {
    expect(new Set(counted)).toEqual(new Set(['number', 'no-data', 'error']));
  });
});
