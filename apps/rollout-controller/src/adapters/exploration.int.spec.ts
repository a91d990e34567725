// An experiment's evidence as people look at it: by segment, by day, and as CSV, out of the real tables.
import { evidence, type BreakdownView, type Evidence, type SeriesView } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { CanaryDriver, type ArmTraffic } from './canary.fixture';
import { PostgresEvidenceSums } from './postgres/postgres-evidence-sums';

interface Told {
  readonly segment: string | null;
  /** Of November 2026. */
  readonly day: number;
  readonly v1: readonly [n: number, right: number];
  readonly v2: readonly [n: number, right: number];
}

describe('the evidence of an experiment', () => {
  let driver: CanaryDriver;
  let id: string;
  let sent = 0;
  beforeAll(async () => {
    driver = await CanaryDriver.start(process.env);
    await driver.newModel();
    ({ id } = await driver.submit({ steps: ['50%'], every: '1h', minUnits: 0 }));
    await tell([
      { segment: 'eu', day: 1, v1: [2_000, 1_000], v2: [2_000, 1_400] },
      { segment: 'us', day: 2, v1: [2_000, 1_000], v2: [2_000, 1_000] },
      { segment: null, day: 3, v1: [40, 20], v2: [40, 30] },
      { segment: 'us', day: 3, v1: [2_000, 1_000], v2: [2_000, 960] },
    ]);
  });
  afterAll(() => driver.stop());

  async function tell(all: readonly Told[]): Promise<void> {
    for (const { segment, day, v1, v2 } of all) {
      const of = (correct: readonly [number, number]): ArmTraffic => ({ units: correct[0], correct });
      const from = new Date(Date.UTC(2026, 10, day, 12)).toISOString();
      const rows = (await driver.rows(id, { v1: of(v1), v2: of(v2) }, { segment })).map((row) => ({
        ...row,
        window: { ...row.window, from },
      }));
      for (const row of rows) await driver.controllers.send(evidence, row);
      sent += rows.length;
    }
    await eventually(async () => (await kept()).length === sent);
  }

  const kept = () => driver.controllers.rows('select 1 from evidence where rollout = $1', [id]);
  const ask = <T = never>(what: string) => driver.controllers.call<T>('GET', `/api/v1/rollouts/${id}/${what}`);

  it('is told by segment, with the warning that so many comparisons deserve', async () => {
    const { status, body } = await ask<BreakdownView>('breakdown?metric=correct');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      rollout: id,
      attempt: 1,
      metric: 'correct',
      direction: 'up',
      alpha: 0.05,
      baseline: 'v1',
    });
    expect(body.segments.map(({ segment, shown }) => [segment, shown])).toEqual([
      ['eu', 'better'],
      ['us', null],
      [null, null],
    ]);
    const [eu, us, none] = body.segments;
    expect(eu).toMatchObject({
      candidate: 'v2',
      baseline: { units: 2_000, value: 0.5 },
      candidateCounts: { value: 0.7 },
    });
    expect(eu?.effect).toBeCloseTo(0.2, 9);
    expect(us?.effect).toBeCloseTo(-0.01, 9);
    expect(none).toMatchObject({ effect: null, interval: null, pValue: null, baseline: { units: 40 } });
    expect(body).toMatchObject({ comparisons: 2, expectedByChance: 0.1, heterogeneity: [{ candidate: 'v2' }] });
    expect(body.warning).toContain('2 comparisons were made');
    expect(body.warning).toContain('differs among segments');
  });

  it('is told day by day, with how the effect moves', async () => {
    const { body } = await ask<SeriesView>('series?metric=correct&alpha=0.1');
    const [only] = body.series;
    expect(only?.days.map(({ day, baseline }) => [day, baseline.records])).toEqual([
      ['2026-11-01', 2_000],
      ['2026-11-02', 2_000],
      ['2026-11-03', 2_040],
    ]);
    expect(only?.days.map(({ effect }) => Number(effect?.toFixed(3)))).toEqual([0.2, 0, -0.015]);
    expect(only?.trend?.perDay).toBeLessThan(-0.05);
    expect(only?.sentence).toMatch(/^correct of v2: the effect moves by -0\.1/);
    expect(body.warning).toContain('one look');
  });

  it('is told of what every model has', async () => {
    const { body } = await ask<BreakdownView>('breakdown?metric=error-rate');
    expect(body.direction).toBe('down');
    expect(body.segments).toHaveLength(3);
  });

  it('is exported as CSV, every row once', async () => {
    const response = await fetch(`${driver.controllers.url()}/api/v1/rollouts/${id}/evidence.csv`, {
      headers: { authorization: `Bearer ${driver.controllers.adminKey}` },
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const [header = '', ...lines] = (await response.text()).trimEnd().split('\r\n');
    const at = (name: string): number => header.split(',').indexOf(name);
    expect(lines).toHaveLength(sent);
    const right = lines.map((line) => line.split(',')).filter((cells) => cells[at('metric')] === 'correct');
    const total = right.reduce((sum, cells) => sum + Number(cells[at('sum')]), 0);
    expect(total).toBe(1_000 + 1_400 + 1_000 + 1_000 + 20 + 30 + 1_000 + 960);
  });

  it('is read a page at a time, each row once and in one order', async () => {
    const documents: Evidence[] = [];
    const sums = new PostgresEvidenceSums(driver.controllers.dataSource.manager);
    for (let after: Evidence | undefined; ; after = documents.at(-1)) {
      const page = await sums.page({ rollout: id, attempt: 1, after, limit: 3 });
      documents.push(...page);
      if (page.length < 3) break;
    }
    const places = documents.map(({ metric, segment, arm, window }) => [metric, segment, arm, window.index].join('/'));
    expect(places).toHaveLength(sent);
    expect(new Set(places).size).toBe(sent);
  });

  it.each([
    ['breakdown', 'invalid-query', 400],
    ['breakdown?metric=correct&alpha=0', 'invalid-query', 400],
    ['breakdown?metric=correct&attempt=0', 'invalid-query', 400],
    ['breakdown?metric=correct&bins=3', 'invalid-query', 400],
    ['breakdown?metric=nothing', 'not-found', 404],
    ['series?metric=correct&attempt=2', 'not-found', 404],
    ['evidence.csv?attempt=2', 'not-found', 404],
  ])('%s is refused: %s', async (what, code, status) => {
    const answer = await ask(what);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('is for those with a key, of rollouts that exist', async () => {
    for (const what of ['breakdown?metric=correct', 'series?metric=correct', 'evidence.csv']) {
      expect((await driver.controllers.call('GET', `/api/v1/rollouts/none/${what}`)).status).toBe(404);
      const open = await driver.controllers.call('GET', `/api/v1/rollouts/${id}/${what}`, undefined, { key: null });
      expect(open.status).toBe(401);
    }
  });
});
