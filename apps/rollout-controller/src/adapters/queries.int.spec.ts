// A canary that is guarded by a query to Prometheus: a server that speaks its HTTP API, the real tables, the real clock.
import { eventually, eventuallyPasses } from '@weir/testing';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { CanaryDriver, type CanaryView } from './canary.fixture';

describe('a canary guarded by a query', () => {
  let driver: CanaryDriver;
  let server: Server;
  /** What the server answers; undefined: it hangs up. */
  let value: string | undefined;
  let asked: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push(new URLSearchParams(body).get('query') ?? '');
        if (value === undefined) return request.socket.destroy();
        const result = value === '' ? [] : [{ metric: {}, value: [1_764, value] }];
        response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    driver = await CanaryDriver.start(process.env, { controllers: 2 });
  });
  afterAll(async () => {
    await driver.stop();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(async () => {
    asked = [];
    await driver.newModel();
  });

  const query = 'sum(queue_length{version="v2"})';
  const canary = (some: object = {}) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const guardrails = [{ prometheus: { url, query, max: 10 }, must: 'pass' }];
    return { steps: ['10%', '20%'], every: '100ms', minUnits: 0, guardrails, ...some };
  };
  const says = (id: string, verdict: string, sentence: RegExp): Promise<CanaryView> =>
    eventually(async () => {
      const view = await driver.view(id);
      const [only] = view.verdicts;
      return only?.verdict === verdict && sentence.test(only.sentence) ? view : undefined;
    });

  it('is rolled back by two numbers above the limit, by its name and with the number', async () => {
    value = '12.5';
    const { id, verdicts } = await driver.submit(canary());
    expect(verdicts).toMatchObject([{ name: 'prometheus', verdict: 'inconclusive', alpha: null, query: { max: 10 } }]);
    const { reason, weights } = await driver.ended(id, 'rolled-back');
    expect(weights.desired).toEqual({ v1: 10_000 });
    expect(reason).toBe(`prometheus is 12.5, above its limit of 10, 2 times in a row: ${query}`);
    expect((await driver.story(id)).slice(1)).toEqual([
      ['rollback', 'guardrail:prometheus', 'rolling-back 0'],
      ['applied', 'weir', 'rolled-back 0'],
    ]);
    expect(new Set(asked)).toEqual(new Set([query]));
    expect(asked.length).toBeGreaterThan(1);
  });

  it('counts one asking where two controllers ask at once', async () => {
    value = '12.5';
    const { id } = await driver.submit(canary());
    await driver.ended(id, 'rolled-back');
    const [row] = await driver.controllers.rows<{ above: number }>(
      "select (document ->> 'above')::int as above from reading where rollout = $1",
      [id],
    );
    expect(row?.above).toBe(2);
  });

  it('goes on once the number is within its limit', async () => {
    value = '3';
    const { id } = await driver.submit(canary());
    await driver.ended(id, 'completed');
    const { reason, verdicts } = await driver.view(id);
    expect(reason).toContain(`prometheus is 3, not above its limit of 10: ${query}`);
    expect(verdicts).toMatchObject([{ verdict: 'pass', accepted: true, query: { value: 3, max: 10, above: 0 } }]);
  });

  it('is held, neither promoted nor rolled back, as long as nobody answers or nothing is there', async () => {
    value = undefined;
    const { id } = await driver.submit(canary());
    const gone = await says(id, 'error', /^prometheus could not be read \(/);
    expect(gone).toMatchObject({ state: 'running', step: 0 });
    value = '';
    await says(id, 'inconclusive', /^prometheus has no data/);
    value = 'NaN';
    const before = asked.length;
    await eventually(() => asked.length > before + 2);
    const { state, step, waitingFor } = await says(id, 'inconclusive', /^prometheus has no data/);
    expect([state, step, waitingFor]).toEqual(['running', 0, [`prometheus has no data: ${query}`]]);
    value = '10';
    await driver.ended(id, 'completed');
    const metrics = async () =>
      (await Promise.all([driver.controllers.metrics(0), driver.controllers.metrics(1)])).join('\n');
    await eventuallyPasses(async () => {
      for (const result of ['number', 'no-data', 'error'])
        expect(await metrics()).toMatch(new RegExp(`^weir_controller_readings_total\\{[^}]*result="${result}"`, 'm'));
    });
  });

  it('goes back while it is paused, and holds no step where it is not marked', async () => {
    value = undefined;
    const guardrails = canary().guardrails.map(({ prometheus }) => ({ prometheus: { ...prometheus, name: 'queue' } }));
    const steps = ['10%', { weight: '20%', hold: 'manual' }];
    const { id } = await driver.submit(canary({ guardrails, steps }));
    await eventually(async () => (await driver.view(id)).step === 1);
    await driver.tell(id, 'pause');
    value = '11';
    await driver.ended(id, 'rolled-back');
    expect((await driver.story(id)).map(([, actor]) => actor)).toContain('guardrail:queue');
    value = '1';
    const again = await driver.tell(id, 'retry');
    expect(again.verdicts).toMatchObject([{ verdict: 'inconclusive', query: { above: 0 } }]);
  });

  it('is planned without a share of alpha, by its name', async () => {
    const stages = [{ canary: canary() }];
    const { body } = await driver.controllers.call<{ stages: { guardrails: unknown }[]; warnings: string[] }>(
      'POST',
      '/api/v1/rollouts/plan',
      { model: driver.model, candidates: ['v2'], stages },
    );
    expect([body.stages[0]?.guardrails, body.warnings]).toEqual([[{ name: 'prometheus', alpha: null }], []]);
  });
});
