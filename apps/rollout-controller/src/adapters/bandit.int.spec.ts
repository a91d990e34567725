// Bandit stages of a real controller: weights over Kafka become policy within bounds or are refused, guardrails close arms, and the ways in which it ends.
import {
  weightsAllocated,
  type PolicyPublished,
  type RolloutPlan,
  type RolloutView,
  type WeightsAllocated,
} from '@weir/contracts';
import { eventually } from '@weir/testing';
import { CanaryDriver, type ArmTraffic } from './canary.fixture';

let driver: CanaryDriver;

beforeAll(async () => {
  driver = await CanaryDriver.start(process.env);
});
beforeEach(() => driver.newModel());
afterAll(() => driver?.stop());

const bandit = (changes: object = {}) => ({ bandit: { metric: 'correct', update: '1s', ...changes } });

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await driver.controllers.call<T>(method, `/api/v1${path}`, body);
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

async function submit(stages: object[], changes: object = {}): Promise<string> {
  const body = { model: driver.model, candidates: ['v2', 'v3'], stages, ...changes };
  return (await ask<{ id: string }>('POST', '/rollouts', body)).id;
}

const view = (id: string) => ask<RolloutView>('GET', `/rollouts/${id}`);
const policy = () => ask<PolicyPublished>('GET', `/models/${driver.model}/policy`);
const armsOf = async () => (await policy()).slices[0]?.arms;
const arm = (n: number, right: number): ArmTraffic => ({ units: n, correct: [n, right] });

function allocate(
  rollout: string,
  changes: Partial<WeightsAllocated> & Pick<WeightsAllocated, 'sequence' | 'weights'>,
  stop: Partial<WeightsAllocated['stop']> = {},
): Promise<void> {
  const names = Object.keys(changes.weights);
  const of = (value: number) => Object.fromEntries(names.map((name) => [name, value]));
  return driver.controllers.send(weightsAllocated, {
    ...{ model: driver.model, rollout, attempt: 1, stage: 0, epoch: 1 },
    ...{ probabilityBest: { ...of(0.1), v2: 0.8 }, effectiveSamples: of(500) },
    ...{ asOf: new Date().toISOString(), offsets: {}, reason: 'cadence' },
    stop: {
      ...{ leader: 'v2', valueRemaining: 0.2, threshold: 0.01, separated: false, stop: false },
      ...{ sentence: 'Going on may still gain 20 %.', ...stop },
    },
    ...changes,
  });
}

const wanted = { v1: 2_000, v2: 7_000, v3: 1_000 };

it('makes accepted weights the policy in a new epoch, writes down why, and shows what is believed and earned', async () => {
  const id = await submit([bandit()]);
  expect((await policy()).slices).toMatchObject([
    {
      kind: 'bandit',
      arms: { v1: 3_334, v2: 3_333, v3: 3_333 },
      assign: 'prediction',
      spec: { metric: 'correct', updateMs: 1_000 },
    },
  ]);
  await driver.evidence(id, { v1: arm(1_000, 700), v2: arm(1_000, 900), v3: arm(1_000, 500) });
  const { epoch } = await policy();
  await allocate(id, { sequence: 1, weights: wanted });
  await eventually(async () => (await armsOf())?.['v2'] === 7_000);
  expect((await policy()).epoch).toBe(epoch + 1);
  await driver.looked(id);
  const [seen] = (await view(id)).bandits;
  expect(seen).toMatchObject({
    ...{ stage: 0, algorithm: 'thompson', metric: 'correct', direction: 'up', baseline: 'v1', decision: null },
    arms: {
      v1: { weightBps: 2_000, out: null, probabilityBest: 0.1, effectiveSamples: 500, outcomes: 1_000 },
      v2: { weightBps: 7_000, probabilityBest: 0.8 },
    },
    allocation: { sequence: 1, wanted, leader: 'v2', valueRemaining: 0.2, separated: false },
  });
  expect(seen?.arms['v2']?.mean).toBeCloseTo(0.9, 6);
  expect(seen?.arms['v2']?.standardError).toBeCloseTo(Math.sqrt((0.9 * 0.1) / 1_000), 3);
  // 1,000 with each arm: what v1 and v3 lost to v2
  expect(seen?.regret.soFar).toBeCloseTo(200 + 400, 3);
  expect(seen?.regret.ofEvenSplit).toBeCloseTo(600, 3);
  const { events } = await ask<{ events: { action: string; actor: string; reason: string; to: object }[] }>(
    'GET',
    `/rollouts/${id}/events`,
  );
  expect(events.at(-1)).toMatchObject({ action: 'allocate', actor: 'bandit', to: { weights: wanted } });
  expect(events.at(-1)?.reason).toContain('v2 70% (best with 0.8)');
});

it('keeps an allocation that moves nothing, and writes nothing down of it', async () => {
  const id = await submit([bandit()]);
  await allocate(id, { sequence: 1, weights: wanted });
  await eventually(async () => (await view(id)).bandits[0]?.allocation?.sequence === 1);
  const before = await view(id);
  await allocate(id, { sequence: 2, weights: { ...wanted, v2: 6_970, v3: 1_030 } });
  const after = await eventually(async () =>
    ((seen) => seen.bandits[0]?.allocation?.sequence === 2 && seen)(await view(id)),
  );
  expect([after.revision, after.weights.policyRevision]).toEqual([before.revision, before.weights.policyRevision]);
  expect((await driver.story(id)).map(([action]) => action)).toEqual(['submit', 'allocate']);
});

it('goes on from what has been learnt when it is submitted again with an arm less, and learns anew of another metric', async () => {
  const before = await submit([bandit()]);
  const id = await submit([bandit()], { candidates: ['v2'] });
  expect((await view(before)).state).toBe('superseded');
  const continues = [{ rollout: before, attempt: 1, stage: 0 }];
  expect((await policy()).slices).toMatchObject([{ rollout: id, arms: { v1: 5_000, v2: 5_000 }, spec: { continues } }]);
  expect((await view(id)).reason).toBe(`submitted; goes on from what ${before} has learnt`);
  const other = await submit([bandit({ halfLife: '1h' })]);
  expect((await policy()).slices[0]).toMatchObject({ rollout: other });
  expect((await policy()).slices[0]?.spec).not.toHaveProperty('continues');
});

it('keeps the last ten thousand policies of a model', async () => {
  const { dataSource } = driver.controllers;
  const { revision } = await policy();
  const old = [revision + 1, revision + 2].map((each) => each - 10_000);
  for (const each of old)
    await dataSource.query(
      'insert into policy select model, $2, epoch, document, published_at from policy where model = $1 and revision = $3',
      [driver.model, each, revision],
    );
  await submit([bandit()]);
  const left = await dataSource.query<{ revision: number }[]>(
    'select revision from policy where model = $1 and revision < 0 order by revision',
    [driver.model],
  );
  expect((await policy()).revision).toBe(revision + 1);
  expect(left).toEqual([{ revision: old[1] }]);
});

it('holds weights to caps and to the step of an update', async () => {
  const id = await submit([bandit({ caps: { v3: '10%' }, maxChange: '20%' })]);
  expect(await armsOf()).toEqual({ v1: 4_500, v2: 4_500, v3: 1_000 });
  await allocate(id, { sequence: 1, weights: { v1: 200, v2: 9_000, v3: 800 } });
  await eventually(async () => (await armsOf())?.['v2'] !== 4_500);
  const moved = await armsOf();
  expect(moved?.['v2']).toBeGreaterThan(6_400);
  expect(moved?.['v2']).toBeLessThanOrEqual(6_500);
  await allocate(id, { sequence: 2, weights: { v1: 200, v2: 200, v3: 9_600 } });
  await eventually(async () => (await armsOf())?.['v2'] !== moved?.['v2']);
  expect((await armsOf())?.['v3']).toBeLessThanOrEqual(1_000);
});

it('closes the arm that breaches a guardrail, refuses to raise it again and says so, and goes on with the others', async () => {
  const id = await submit([bandit({ guardrails: [{ metric: 'error-rate', margin: 1.2 }] })]);
  await allocate(id, { sequence: 1, weights: wanted });
  await eventually(async () => (await armsOf())?.['v2'] === 7_000);
  await driver.evidence(id, {
    v1: { units: 500, errors: 1 },
    v2: { units: 500, errors: 60 },
    v3: { units: 500, errors: 1 },
  });
  await eventually(async () => (await armsOf())?.['v2'] === 0);
  expect(await armsOf()).toEqual({ v1: 6_667, v2: 0, v3: 3_333 });
  const { revision } = await policy();
  await allocate(id, { sequence: 2, weights: wanted });
  const refused = await eventually(async () => (await driver.story(id)).find(([action]) => action === 'refused'));
  expect(refused).toEqual(['refused', 'bandit', '']);
  expect((await policy()).revision).toBe(revision);
  await allocate(id, { sequence: 3, weights: { v1: 1_000, v3: 9_000 }, probabilityBest: { v1: 0.1, v3: 0.9 } });
  await eventually(async () => (await armsOf())?.['v3'] === 9_000);
  const seen = await view(id);
  expect(seen).toMatchObject({
    state: 'running',
    bandits: [{ arms: { v2: { weightBps: 0, probabilityBest: null } } }],
  });
  expect(seen.bandits[0]?.arms['v2']?.out?.reason).toContain('error');
  expect((await driver.story(id)).map(([action, actor]) => `${action} ${actor}`)).toEqual([
    'submit bootstrap',
    'allocate bandit',
    'leave-out guardrail:error-rate',
    'refused bandit',
    'allocate bandit',
  ]);
});

it('ends by its stop rule, and the best arm is stable', async () => {
  const id = await submit([bandit()]);
  const stop = { stop: true, separated: true, valueRemaining: 0, sentence: 'v2 is told apart from every other arm.' };
  await allocate(id, { sequence: 1, weights: wanted }, stop);
  const ended = (await driver.ended(id, 'completed')) as unknown as RolloutView;
  expect(ended).toMatchObject({
    winner: 'v2',
    bandits: [{ decision: { kind: 'winner', winner: 'v2', allocation: { sequence: 1 } } }],
  });
  expect(ended.reason).toMatch(
    /^winner after .*: the stop rule holds, and v2 is the best arm with a probability of 0.8\./,
  );
  expect((await driver.story(id)).at(-1)).toEqual(['complete', 'bandit', 'completed 0']);
  expect(await driver.stable()).toBe('v2');
});

it('ends when its time is over, by hand, or as it was where nothing is known', async () => {
  const timed = await submit([bandit({ maxDuration: '5m' })]);
  await driver.elapse(timed, 300_000);
  expect(await driver.ended(timed, 'completed')).toMatchObject({
    bandits: [{ decision: { kind: 'inconclusive', winner: null } }],
  });
  expect(await driver.stable()).toBe('v1');
  const byHand = await submit([bandit()]);
  await expect(driver.tell(byHand, 'promote')).rejects.toThrow('v2, v3 could be meant');
  await allocate(byHand, { sequence: 1, weights: wanted });
  await eventually(async () => (await view(byHand)).bandits[0]?.allocation !== null);
  expect(await driver.tell(byHand, 'promote')).toMatchObject({ state: 'completed' });
  expect(await driver.stable()).toBe('v2');
});

it('takes weights in again after a retry only from the new attempt', async () => {
  const id = await submit([bandit()]);
  await allocate(id, { sequence: 7, weights: wanted });
  await eventually(async () => (await armsOf())?.['v2'] === 7_000);
  await driver.tell(id, 'abort');
  await driver.ended(id, 'rolled-back');
  await driver.tell(id, 'retry');
  expect(await armsOf()).toEqual({ v1: 3_334, v2: 3_333, v3: 3_333 });
  await allocate(id, { sequence: 8, weights: wanted });
  await eventually(async () => (await driver.story(id)).some(([action]) => action === 'refused'));
  await allocate(id, { sequence: 1, weights: wanted, attempt: 2 });
  await eventually(async () => (await armsOf())?.['v2'] === 7_000);
});

it('plans what a bandit learns with the traffic there is, and warns where that is little', async () => {
  const body = {
    ...{ model: driver.model, candidates: ['v2', 'v3'] },
    stages: [bandit({ halfLife: '2s', assign: 'unit', floor: '5%' })],
  };
  const { problems, stages, warnings } = await ask<RolloutPlan>('POST', '/rollouts/plan', body);
  expect(problems).toEqual([]);
  expect(stages[0]).toMatchObject({
    ...{ kind: 'bandit', steps: [{ weights: { v1: 3_334, v2: 3_333, v3: 3_333 } }] },
    learning: {
      metric: 'correct',
      outcomesPerSecond: 100,
      outcomesPerUpdate: 100,
      floorsBps: 1_000,
      feedbackMs: 31_000,
    },
  });
  expect(stages[0]?.learning?.remembered).toBeCloseTo(200 / Math.LN2, 6);
  expect(warnings.join()).toContain('remembers about 289 outcomes');
  expect(warnings.join()).toContain('the stop rule never holds');
});

it('passes the form of a contextual bandit on to the routers, in an epoch of its own also where the average shares stay', async () => {
  const features = [{ attribute: 'device', values: ['phone', 'desktop'] }];
  const id = await submit([bandit({ algorithm: 'square-cb', context: features })]);
  const form = (gamma: number): NonNullable<WeightsAllocated['context']> => ({
    ...{ features, direction: 'up', gamma, floor: 0.02 },
    models: ['v1', 'v2', 'v3'].map((each, index) => ({ arm: each, coefficients: [0.1, 0.1 * index, 0] })),
  });
  expect((await policy()).slices[0]).toMatchObject({ spec: { algorithm: 'square-cb', context: features } });
  await allocate(id, { sequence: 1, weights: wanted, context: form(10) });
  const first = await eventually(async () => ((seen) => seen.slices[0]?.context && seen)(await policy()));
  expect(first.slices[0]).toMatchObject({ arms: wanted, context: form(10) });
  await allocate(id, { sequence: 2, weights: wanted, context: form(20) });
  const second = await eventually(async () =>
    ((seen) => seen.slices[0]?.context?.gamma === 20 && seen)(await policy()),
  );
  expect(second.slices[0]?.epoch).toBe((first.slices[0]?.epoch ?? 0) + 1);
  expect((await view(id)).bandits[0]?.allocation).not.toHaveProperty('context');
});
