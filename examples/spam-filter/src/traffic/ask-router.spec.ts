// A caller against routers that answer, shed, fail and vanish.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { RouterClient } from './ask-router';
import { type PlannedPrediction } from './plan-traffic';

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

const planned: PlannedPrediction = {
  index: 0,
  gapMs: 0,
  mail: { id: 'm/1', label: 'ham', text: 'Subject: x\n\nhello' },
  mailbox: { unit: 'mailbox-00001', region: 'eu' },
  over: 'http',
  outcomeDelaysMs: [],
};

const answered =
  (headers: Record<string, string>, status = 200): Reply =>
  (_request, response) => {
    response.writeHead(status, { 'x-weir-policy': '7', ...headers });
    response.end(JSON.stringify({ outputs: [{ name: 'label', data: ['ham'] }] }));
  };
const shed: Reply = (_request, response) =>
  response.writeHead(503, { 'retry-after': '1' }).end('{"error":"overloaded"}');
const broken: Reply = (request) => request.socket.destroy();

jest.setTimeout(30_000); // conditions are awaited, on a machine that may be busy

describe('RouterClient', () => {
  const servers: Server[] = [];
  const clients: RouterClient[] = [];
  const seen: IncomingMessage[] = [];

  /** Gives the replies in their order, the last for ever. */
  async function router(...replies: Reply[]): Promise<string> {
    const server = createServer((request, response) => {
      seen.push(request);
      request.resume().on('end', () => (replies.length > 1 ? replies.shift() : replies[0])?.(request, response));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function client(routers: string[], more: { apiKey?: string; patienceMs?: number } = {}): RouterClient {
    const made = new RouterClient({ routers, model: 'spam-filter', patienceMs: 10_000, ...more });
    clients.push(made);
    return made;
  }

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((each) => each.close()));
    for (const server of servers.splice(0)) server.close();
    seen.length = 0;
  });

  it('tells the router id, unit and attributes, and keeps the key to itself unless asked for it', async () => {
    const url = await router(answered({ 'x-weir-version': 'v1' }));
    await client([url]).ask(planned, 'p-1');
    expect(seen[0]?.headers).toMatchObject({
      'x-weir-prediction-id': 'p-1',
      'x-weir-unit': 'mailbox-00001',
      'x-weir-attr-region': 'eu',
    });
    expect(seen[0]?.headers.authorization).toBeUndefined();
    await client([url], { apiKey: 'k' }).ask(planned, 'p-2');
    expect(seen[1]?.headers.authorization).toBe('Bearer k');
  });

  it('reads who answered, who was assigned, under which policy, and what was said', async () => {
    const url = await router(answered({ 'x-weir-version': 'v1', 'x-weir-assigned': 'v3' }));
    expect(await client([url]).ask(planned, 'p-1')).toMatchObject({
      predictionId: 'p-1',
      status: 200,
      answeredBy: 'v1',
      assigned: 'v3',
      policyRevision: 7,
      label: 'ham',
      attempts: 1,
    });
  });

  it('asks again under the same id when the router sheds, breaks off, or is gone', async () => {
    const first = await router(shed, broken, answered({ 'x-weir-version': 'v1' }));
    const answer = await client([first, first, 'http://127.0.0.1:9']).ask(planned, 'p-1');
    expect(answer).toMatchObject({ status: 200, attempts: 4 });
    expect(new Set(seen.map(({ headers }) => headers['x-weir-prediction-id']))).toEqual(new Set(['p-1']));
    expect(seen).toHaveLength(3);
  });

  it('takes an error that a version gave for an answer', async () => {
    const url = await router(answered({ 'x-weir-version': 'v3' }, 500));
    expect(await client([url]).ask(planned, 'p-1')).toMatchObject({ status: 500, answeredBy: 'v3', attempts: 1 });
  });

  it('says why it gave up', async () => {
    const url = await router(shed);
    expect(await client([url], { patienceMs: 300 }).ask(planned, 'p-1')).toEqual({
      predictionId: 'p-1',
      problem: 'status 503: {"error":"overloaded"}',
    });
  });
});
