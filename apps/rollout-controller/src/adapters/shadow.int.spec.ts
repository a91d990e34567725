// Shadow stages of a real controller: moved by the pairs that the comparator tells of, over restarts, into the canary or back.
import { evidence, type Evidence } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { PairBook, type Pair } from '../domain/comparison.fixture';
import { type WholeWindow } from '../domain/whole-windows';
import { CanaryDriver, type CanaryView } from './canary.fixture';
import { prunePairs } from './postgres/postgres-pairs';

interface ShadowView extends CanaryView {
  winner?: string;
  comparisons: { candidate: string; pairs: number; coverage: number | null }[];
}

let driver: CanaryDriver;

beforeAll(async () => {
  driver = await CanaryDriver.start(process.env);
});

beforeEach(() => driver.newModel());

afterAll(() => driver?.stop());

const shadow = (changes: object = {}) => ({
  shadow: { minPairs: 200, duration: '5m', compare: { outputs: { label: 'label' } }, ...changes },
});
const canary = { canary: { steps: ['5%'], every: '5m' } };

async function submit(stages: object[], candidates = ['v2']): Promise<string> {
  const body = { model: driver.model, candidates, stages };
  const answer = await driver.controllers.call<ShadowView>('POST', '/api/v1/rollouts', body);
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body.id;
}

const view = (id: string) => driver.view(id) as Promise<ShadowView>;
const policy = async () => {
  const path = `/api/v1/models/${driver.model}/policy`;
  return (await driver.controllers.call<{ slices: { shadows: object[] }[] }>('GET', path)).body;
};
const agreeing = (count: number, share = 1): Pair[] =>
  Array.from({ length: count }, (_, n) => ({ agrees: n < count * share }));

async function send(id: string, window: WholeWindow, rows = window.rows): Promise<void> {
  const own = ({ window: place, ...row }: Evidence): Evidence => ({
    ...row,
    window: place,
    rollout: id,
    model: driver.model,
  });
  for (const row of rows) await driver.controllers.send(evidence, own(row));
}

const counted = (id: string, pairs: number) =>
  eventually(async () => {
    const seen = await view(id);
    return seen.comparisons[0]?.pairs === pairs && seen;
  });

it('goes from shadow to canary by its pairs, over a restart in the middle of a window', async () => {
  const id = await submit([shadow(), canary]);
  expect((await policy()).slices).toMatchObject([{ kind: 'shadow', shadows: [{ version: 'v2', sampleBps: 10_000 }] }]);
  const book = new PairBook();
  await send(id, book.window(1, agreeing(150)));
  expect(await counted(id, 150)).toMatchObject({ state: 'running', stage: 0, comparisons: [{ coverage: 1 }] });
  const second = book.window(2, agreeing(150));
  await send(id, second, second.rows.slice(1));
  expect((await eventually(async () => ((v) => v.tornWindow && v)(await view(id)))).tornWindow).toMatchObject({
    index: 2,
  });
  await driver.elapse(id, 300_000);
  await driver.controllers.restart({ whileDown: () => send(id, second, second.rows.slice(0, 1)) });
  await eventually(async () => (await view(id)).stage === 1);
  expect(await view(id)).toMatchObject({
    state: 'running',
    step: 0,
    reason: expect.stringContaining('300 pairs of v2') as string,
  });
  expect((await policy()).slices).toMatchObject([{ kind: 'canary', shadows: [], arms: { v1: 9_500, v2: 500 } }]);
  expect((await driver.story(id)).at(-1)).toEqual(['advance', 'guardrails', 'running 0']);
});

it('says why it waits', async () => {
  const id = await submit([shadow(), canary]);
  await send(id, new PairBook().window(1, agreeing(20)));
  const { waitingFor } = await counted(id, 20);
  expect(waitingFor).toEqual([
    expect.stringMatching(/^time: /),
    'pairs: 20 of 200 of v2',
    expect.stringContaining('agreement of v2 with v1 is 100 %'),
  ]);
});

it('takes a candidate that disagrees back before it has any traffic, with the figures in the reason', async () => {
  const id = await submit([shadow(), canary]);
  await send(id, new PairBook().window(1, agreeing(200, 0.8)));
  const ended = await driver.ended(id, 'rolled-back');
  expect(ended.reason).toContain('agreement of v2 with v1 is 80 %');
  expect(ended.verdicts.find(({ name }) => name === 'agreement')).toMatchObject({ verdict: 'fail', breached: true });
  expect((await policy()).slices).toEqual([]);
  expect(await driver.stable()).toBe('v1');
});

it('completes with a report and changes nothing where it is alone, for several candidates', async () => {
  const id = await submit([shadow()], ['v2', 'v3']);
  const third = agreeing(300).map((pair) => ({ ...pair, candidate: 'v3' }));
  await send(id, new PairBook().window(1, [...agreeing(300), ...third]));
  await counted(id, 300);
  await driver.elapse(id, 300_000);
  const ended = (await driver.ended(id, 'completed')) as ShadowView;
  expect(ended).not.toHaveProperty('winner');
  expect(ended.comparisons.map(({ candidate, pairs }) => [candidate, pairs])).toEqual([
    ['v2', 300],
    ['v3', 300],
  ]);
  expect(ended.weights.desired).toEqual({ v1: 10_000 });
  expect([await driver.stable(), (await policy()).slices]).toEqual(['v1', []]);
});

it('keeps windows for an hour after they were judged, and what was not judged for a week; the judgement goes on', async () => {
  const id = await submit([shadow(), canary]);
  const book = new PairBook();
  for (const index of [1, 2]) await send(id, book.window(index, agreeing(50)));
  await counted(id, 100);
  const torn = book.window(3, agreeing(50));
  await send(id, torn, torn.rows.slice(1));
  await eventually(async () => (await view(id)).tornWindow?.index === 3);
  const { dataSource } = driver.controllers;
  const kept = async () =>
    (
      await driver.controllers.rows<{ index: number }>(
        'select distinct window_index::int as index from pair_evidence where rollout = $1 order by 1',
        [id],
      )
    ).map(({ index }) => index);
  expect(await prunePairs(dataSource)).toBe(0);
  const age = (hours: number) =>
    dataSource.query(`update pair_evidence set heard_at = heard_at - interval '${hours} hours' where rollout = $1`, [
      id,
    ]);
  await age(2);
  expect(await prunePairs(dataSource)).toBeGreaterThan(0);
  expect(await kept()).toEqual([3]);
  await send(id, torn, torn.rows.slice(0, 1));
  await counted(id, 150);
  await age(24 * 7);
  await prunePairs(dataSource);
  expect(await kept()).toEqual([]);
  await send(id, torn); // told again, after it was judged and forgotten
  await eventually(async () => (await kept()).length === 1);
  expect((await view(id)).comparisons[0]?.pairs).toBe(150);
});

it('is paused, resumed, promoted and aborted by hand', async () => {
  const id = await submit([shadow(), canary]);
  expect(await driver.tell(id, 'pause')).toMatchObject({ state: 'paused', stage: 0 });
  expect((await policy()).slices).toMatchObject([{ shadows: [{ version: 'v2' }] }]);
  expect(await driver.tell(id, 'resume')).toMatchObject({ state: 'running', stage: 0 });
  expect(await driver.tell(id, 'promote')).toMatchObject({ state: 'running', stage: 1, step: 0 });
  await driver.tell(id, 'abort');
  await driver.ended(id, 'rolled-back');
});

describe('a version that may not be called twice any more', () => {
  const put = (changes: object, v2: object = {}) => {
    const declared = Object.entries({ v1: {}, v2, v3: {} }).map(([version, some], index) => [
      version,
      { instances: [`http://127.0.0.1:${9_101 + index}`], ...some },
    ]);
    return driver.controllers.call<{ error?: { code: string; details: { path: string }[] } }>(
      'PUT',
      `/api/v1/models/${driver.model}`,
      { versions: Object.fromEntries(declared) as object, ...changes },
    );
  };
  const refused = ({ status, body }: Awaited<ReturnType<typeof put>>) => [
    ...[status, body.error?.code],
    body.error?.details.map(({ path }) => path),
  ];

  it('cannot be declared so while it is a shadow or is to be one, but once it has been', async () => {
    const id = await submit([canary, shadow(), canary]);
    expect(refused(await put({}, { shadowSafe: false }))).toEqual([
      ...[409, 'shadow-refused', ['versions.v2.shadowSafe']],
    ]);
    await driver.tell(id, 'promote');
    await eventually(async () => (await view(id)).stage === 1);
    expect(refused(await put({ capture: { bodies: 'never' } }))).toEqual([409, 'shadow-refused', ['capture.bodies']]);
    await driver.tell(id, 'promote');
    await eventually(async () => (await view(id)).stage === 2);
    expect((await put({}, { shadowSafe: false })).status).toBe(200);
  });

  it('is not called by a rollout that begins again', async () => {
    const id = await submit([shadow(), canary]);
    await driver.tell(id, 'abort');
    await driver.ended(id, 'rolled-back');
    expect((await put({}, { shadowSafe: false })).status).toBe(200);
    const retry = () =>
      driver.controllers.call<{ error?: { code: string; details: { path: string }[] } }>(
        ...(['POST', `/api/v1/rollouts/${id}/retry`, { reason: 'again' }] as const),
      );
    expect(refused(await retry())).toEqual([409, 'shadow-refused', ['versions.v2.shadowSafe']]);
    expect((await put({})).status).toBe(200);
    expect((await retry()).status).toBe(202);
  });
});
