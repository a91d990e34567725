// Outcomes reach a collector that answers, loses its answer, or is away, once each.
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { OutcomeReporter } from './outcome-reporter';

interface Call {
  readonly key: string | undefined;
  readonly outcomes: readonly { predictionId: string }[];
}

type Reply = 'taken' | 'busy' | 'lost';

describe('OutcomeReporter', () => {
  const calls: Call[] = [];
  const servers: Server[] = [];

  async function collector(...replies: Reply[]): Promise<OutcomeReporter> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { outcomes } = JSON.parse(Buffer.concat(chunks).toString()) as Call;
        calls.push({ key: request.headers['idempotency-key']?.toString(), outcomes });
        const reply = replies.shift() ?? 'taken';
        if (reply === 'lost') return request.socket.destroy();
        if (reply === 'busy') return response.writeHead(503).end('busy');
        const rejected = outcomes
          .map(({ predictionId }, index) => ({ predictionId, index, code: 'conflict', message: 'another value' }))
          .filter(({ predictionId }) => predictionId === 'bad');
        return response.writeHead(202).end(JSON.stringify({ accepted: outcomes.length - rejected.length, rejected }));
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new OutcomeReporter({ collector: `http://127.0.0.1:${port}`, flushEveryMs: 20 });
  }

  const outcome = (predictionId: string) => ({ predictionId, metric: 'correct', value: 'ham' });
  const report = (reporter: OutcomeReporter, ids: readonly string[], afterMs = 0) =>
    ids.forEach((id) => reporter.report(outcome(id), afterMs));

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    calls.length = 0;
  });

  it('sends what is due together in one call, and nothing before it is due', async () => {
    const reporter = await collector();
    report(reporter, ['a', 'b', 'c']);
    report(reporter, ['later'], 150);
    await reporter.drain();
    expect(calls.map(({ outcomes }) => outcomes.map(({ predictionId }) => predictionId))).toEqual([
      ['a', 'b', 'c'],
      ['later'],
    ]);
    expect(reporter.counts()).toEqual({ sent: 4, rejected: 0, waiting: 0, dropped: 0, problem: undefined });
  });

  it('repeats a call under its key until it is taken, and counts its outcomes once', async () => {
    const reporter = await collector('lost', 'busy', 'taken');
    report(reporter, ['a', 'b']);
    await reporter.drain();
    expect(calls).toHaveLength(3);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
    expect(calls.map(({ outcomes }) => outcomes.length)).toEqual([2, 2, 2]);
    expect(reporter.counts()).toMatchObject({ sent: 2, waiting: 0 });
  });

  it('uses a key of its own for each call', async () => {
    const reporter = await collector();
    report(reporter, ['a']);
    await reporter.drain();
    report(reporter, ['b']);
    await reporter.drain();
    expect(new Set(calls.map(({ key }) => key)).size).toBe(2);
  });

  it('counts rows that the collector rejects as sent', async () => {
    const reporter = await collector();
    report(reporter, ['a', 'bad']);
    await reporter.drain();
    expect(reporter.counts()).toMatchObject({ sent: 2, rejected: 1 });
  });

  it('splits what has gathered into calls that the collector takes', async () => {
    const reporter = await collector('busy');
    report(
      reporter,
      Array.from({ length: 1_200 }, (_, index) => `p-${index}`),
    );
    await reporter.drain();
    expect(calls.map(({ outcomes }) => outcomes.length)).toEqual([500, 500, 500, 200]);
    expect(reporter.counts().sent).toBe(1_200);
  });
});
