// A/B stages of a real controller: decided by evidence over Kafka through the real tables, by a person, or by the end of their time.
import { type PolicyPublished, type RolloutPlan, type RolloutView } from '@weir/contracts';
import { eventually } from '@weir/testing';
import { CanaryDriver, type ArmTraffic } from './canary.fixture';

let driver: CanaryDriver;

beforeAll(async () => {
  driver = await CanaryDriver.start(process.env);
});
beforeEach(() => driver.newModel());
afterAll(() => driver?.stop());

const ab = (changes: object = {}) => ({
  ab: { arms: { v1: '50%', v2: '50%' }, metric: 'correct', minimumEffect: 0.05, ...changes },
});
const thirds = { arms: { v1: '40%', v2: '30%', v3: '30%' } };
const several = { candidates: ['v2', 'v3'] };

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await driver.controllers.call<T>(method, `/api/v1${path}`, body);
  if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

async function submit(stages: object[], changes: object = {}): Promise<string> {
  const body = { model: driver.model, candidates: ['v2'], stages, ...changes };
  return (await ask<RolloutView>('POST', '/rollouts', body)).id;
}

const view = (id: string) => ask<RolloutView>('GET', `/rollouts/${id}`);
const policy = () => ask<PolicyPublished>('GET', `/models/${driver.model}/policy`);
const arm = (units: number, right: number): ArmTraffic => ({ units, correct: [units, right] });
const decided = (id: string, state: string) =>
  eventually(async () => ((seen) => (seen.state === state ? seen : undefined))(await view(id)));

it('crowns the better arm as soon as it is shown, with the numbers, and says why now', async () => {
  const id = await submit([ab()]);
  expect(await view(id)).toMatchObject({
    ...{ state: 'running', kind: 'ab', decision: null },
    weights: { desired: { v1: 5_000, v2: 5_000 } },
    experiments: [{ stage: 0, baseline: 'v1', metric: 'correct', metrics: ['correct'], alpha: 0.05, decision: null }],
  });
  await driver.evidence(id, { v1: arm(150, 105), v2: arm(150, 120) });
  await driver.looked(id);
  const [waiting] = (await view(id)).waitingFor;
  expect(waiting).toMatch(/^correct of v2 is 0\.8 \(150 units\) against 0\.7 .*no difference is shown yet/);
  await driver.evidence(id, { v1: arm(1_000, 700), v2: arm(1_000, 800) });
  const ended = await decided(id, 'completed');
  expect(ended).toMatchObject({
    winner: 'v2',
    decision: {
      ...{ stage: 0, kind: 'winner', winner: 'v2' },
      comparisons: [{ metric: 'correct', candidate: 'v2', shown: 'better', baseline: { units: 1_150 } }],
      sampleRatio: { broken: null, assigned: { verdict: 'pass' } },
    },
  });
  const [comparison] = ended.decision?.comparisons ?? [];
  expect(comparison?.effect).toBeCloseTo(0.1, 2);
  expect(comparison?.interval?.[0]).toBeGreaterThan(0);
  expect(ended.reason).toMatch(/^winner after .* v2 is shown to be better in correct\./);
  expect((await driver.story(id)).at(-1)).toEqual(['complete', 'experiment', 'completed 0']);
  expect(await driver.stable()).toBe('v2');
});

it('leaves an arm out that is worse, in a new epoch, and goes on with the others to a winner', async () => {
  const id = await submit([ab(thirds)], several);
  const before = await policy();
  expect(before.slices).toMatchObject([{ kind: 'ab', arms: { v1: 4_000, v2: 3_000, v3: 3_000 }, windowMs: 10_000 }]);
  await driver.evidence(id, { v1: arm(800, 560), v2: arm(600, 420), v3: arm(600, 240) });
  const after = await eventually(async () => ((now) => (now.epoch > before.epoch ? now : undefined))(await policy()));
  expect(after.slices).toMatchObject([{ epoch: after.epoch, arms: { v1: 5_714, v2: 4_286, v3: 0 } }]);
  const seen = await view(id);
  expect(seen).toMatchObject({ state: 'running', step: 0, stage: 0, sampleRatio: { verdict: 'pass' } });
  expect(seen.experiments[0]?.arms).toMatchObject({
    v2: { weightBps: 4_286, out: null },
    v3: { weightBps: 0, out: { reason: expect.stringContaining('worse by more than the minimum effect') as string } },
  });
  // the rate falls for both while the weights are others: nothing is shown by that
  await driver.evidence(id, { v1: arm(800, 320), v2: arm(600, 240) });
  await driver.looked(id);
  expect((await view(id)).experiments[0]?.comparisons[0]).toMatchObject({ candidate: 'v2', shown: null });
  await driver.evidence(id, { v1: arm(3_000, 1_500), v2: arm(2_250, 1_575) });
  expect(await decided(id, 'completed')).toMatchObject({ winner: 'v2', decision: { kind: 'winner' } });
  expect((await driver.story(id)).map(([action, actor]) => [action, actor])).toEqual([
    ['submit', 'bootstrap'],
    ['leave-out', 'experiment'],
    ['complete', 'experiment'],
  ]);
});

it('goes back when the last arm is shown to be worse, and the decision stays to be read', async () => {
  const id = await submit([ab()]);
  await driver.evidence(id, { v1: arm(1_000, 800), v2: arm(1_000, 600) });
  const ended = await decided(id, 'rolled-back');
  expect(ended.decision).toMatchObject({ kind: 'harm', winner: null, comparisons: [{ harmful: true }] });
  expect(ended.reason).toContain('worse by more than the minimum effect of 0.05');
  expect(await driver.stable()).toBe('v1');
});

const spending = (units: number, perVisit: number): ArmTraffic => ({ units, spend: [units, perVisit] });

it('decides by a ratio as by a mean, each unit weighed by its denominator', async () => {
  const id = await submit([ab({ metric: 'spend-per-visit', minimumEffect: 0.1 })]);
  await driver.evidence(id, { v1: spending(1_000, 3), v2: spending(1_000, 3.25) });
  const { decision } = await decided(id, 'completed');
  expect(decision).toMatchObject({ kind: 'winner', winner: 'v2', comparisons: [{ metric: 'spend-per-visit' }] });
  const [comparison] = decision?.comparisons ?? [];
  expect([comparison?.baseline.value, comparison?.candidateCounts.value]).toEqual([3, 3.25]);
  // of 1 over two visits and 1,000 units, twice
  expect(comparison?.effect).toBeCloseTo(0.25, 9);
  expect(comparison?.relative?.effect).toBeCloseTo(0.25 / 3, 9);
});

it('takes back an arm that breaks the margin of a ratio, whatever its goal says', async () => {
  const guardrails = [{ metric: 'spend-per-visit', margin: 0.2 }];
  const id = await submit([ab({ guardrails })]);
  await driver.evidence(id, {
    v1: { ...arm(1_000, 700), ...spending(1_000, 3) },
    v2: { ...arm(1_000, 710), ...spending(1_000, 2.95) },
  });
  await driver.looked(id);
  expect((await view(id)).verdicts).toMatchObject([
    { sentence: expect.stringContaining('spend-per-visit') as string, breached: false },
  ]);
  await driver.evidence(id, {
    v1: { ...arm(1_000, 700), ...spending(1_000, 3) },
    v2: { ...arm(1_000, 710), ...spending(1_000, 2) },
  });
  const ended = await decided(id, 'rolled-back');
  expect(ended.reason).toContain('spend-per-visit');
  expect(ended.verdicts).toMatchObject([{ breached: true, verdict: 'fail' }]);
});

it('ends with no difference where the arms are shown to be the same, and changes nothing', async () => {
  const id = await submit([ab()]);
  await driver.evidence(id, { v1: arm(20_000, 14_000), v2: arm(20_000, 14_000) });
  const ended = await decided(id, 'completed');
  expect(ended.decision).toMatchObject({ kind: 'no-difference', comparisons: [{ equivalent: true }] });
  expect(ended).not.toHaveProperty('winner');
  expect([await driver.stable(), (await policy()).slices]).toEqual(['v1', []]);
});

it('is over after its maximum duration, whatever is known', async () => {
  const id = await submit([ab({ maxDuration: '5m' })]);
  await driver.evidence(id, { v1: arm(200, 140), v2: arm(200, 142) });
  await driver.looked(id);
  await driver.elapse(id, 300_000);
  const ended = await decided(id, 'completed');
  expect(ended.decision).toMatchObject({ kind: 'inconclusive', winner: null });
  expect(ended.reason).toContain('the maximum duration of 300 s is over');
});

it('asks a person who decides by hand, and who names the version where several could be meant', async () => {
  const id = await submit([ab({ ...thirds, decide: 'manual' })], several);
  await expect(driver.tell(id, 'promote')).rejects.toThrow('v2, v3 could be meant');
  await driver.evidence(id, { v1: arm(1_200, 720), v2: arm(900, 720), v3: arm(900, 540) });
  const asked = await eventually(async () => ((seen) => (seen.decision ? seen : undefined))(await view(id)));
  expect(asked).toMatchObject({
    ...{ state: 'running', decision: { kind: 'winner', winner: 'v2' } },
    waitingFor: ['a person: v2 has won; promote it, or abort'],
    weights: { desired: { v1: 4_000, v2: 3_000, v3: 3_000 } },
  });
  expect(await driver.tell(id, 'promote')).toMatchObject({ state: 'completed' });
  expect(await driver.stable()).toBe('v2');
});

it('makes the winner of a segment its lasting target, and leaves the rest with stable', async () => {
  const when = { region: ['eu', 'us'] };
  const id = await submit([ab({ when })]);
  expect((await policy()).slices).toMatchObject([{ when }]);
  await driver.evidence(id, { v1: arm(1_000, 700), v2: arm(1_000, 800) }, { segment: 'region=eu|us' });
  await decided(id, 'completed');
  expect(await policy()).toMatchObject({ stable: 'v1', targets: [{ when, version: 'v2' }], slices: [] });
});

it('withholds what is concluded while a stage of the sample ratio is off, and names the stage', async () => {
  const id = await submit([ab({ maxDuration: '5m' })]);
  const at = (n: number) => ({ 1_795_435_000: n });
  const few = (right: number): ArmTraffic => ({ units: 1_000, correct: [60, right] });
  const rows = await driver.rows(id, { v1: few(42), v2: few(48) });
  const told = rows.map((row) => {
    if (row.metric !== 'error-rate') return row;
    return { ...row, decided: at(1_000), assigned: at(1_000), answered: at(row.arm === 'v2' ? 700 : 1_000) };
  });
  await driver.send(told);
  // what is awaited settles with the windows that follow
  for (let more = 0; more < 6; more += 1) await driver.looked(id);
  await driver.evidence(id, { v1: arm(1_000, 700), v2: arm(1_000, 800) });
  await driver.looked(id);
  const held = await view(id);
  expect(held.waitingFor[0]).toContain('look at serving');
  expect(held.experiments[0]).toMatchObject({
    comparisons: [{ shown: 'better' }],
    sampleRatio: { broken: 'serving', assigned: { verdict: 'pass' }, served: { verdict: 'fail' } },
  });
  await driver.elapse(id, 300_000);
  expect(await decided(id, 'completed')).toMatchObject({ decision: { kind: 'inconclusive' } });
});

it('plans the size that the minimum effect takes, and warns of a duration that is too short', async () => {
  const body = { model: driver.model, candidates: ['v2'], stages: [ab({ maxDuration: '1m' })] };
  const { problems, stages, warnings } = await ask<RolloutPlan>('POST', '/rollouts/plan', body);
  expect(problems).toEqual([]);
  expect(stages[0]).toMatchObject({
    ...{ kind: 'ab', minUnits: 100, steps: [{ weights: { v1: 5_000, v2: 5_000 } }] },
    size: { metric: 'correct', minimumEffect: 0.05, alpha: 0.05, power: 0.8, baseline: { mean: 0.5 } },
  });
  const { unitsPerArm = 0, totalUnits, expectedStop } = stages[0]?.size ?? {};
  // a fixed horizon takes 1,570 an arm; looking as one likes costs more, and stops sooner
  expect(unitsPerArm).toBeGreaterThan(1_570);
  expect(unitsPerArm).toBeLessThan(4 * 1_570);
  expect(totalUnits).toBe(2 * unitsPerArm);
  expect(expectedStop).toBeLessThan(unitsPerArm);
  expect(warnings.join()).toContain('may well stay unseen');
});

it('keeps a holdout from every slice, and gives units of overrides and segments of targets their versions', async () => {
  const model = await ask<Record<string, unknown>>('GET', `/models/${driver.model}`);
  const base = { versions: model['versions'], metrics: { correct: { type: 'truth', output: 'label', within: '30s' } } };
  const targets = [{ when: { region: 'eu' }, version: 'v3' }];
  const put = (changes: object) => ask('PUT', `/models/${driver.model}`, { ...base, ...changes });
  await put({ holdout: '10%', overrides: { dev: 'v3' }, targets });
  expect(await ask('GET', `/models/${driver.model}`)).toMatchObject({
    ...{ holdoutBps: 1_000, overrides: { dev: 'v3' }, targets },
  });
  const id = await submit([ab()], { overrides: { qa: 'v2' } });
  expect(await policy()).toMatchObject({ holdoutBps: 1_000, overrides: { dev: 'v3', qa: 'v2' }, targets });
  await driver.tell(id, 'abort');
  await decided(id, 'rolled-back');
  const after = await policy();
  expect(after.overrides).toEqual({ dev: 'v3' });
  await put({ holdout: '10%' });
  expect((await policy()).targets).toEqual(targets);
  await put({ targets: [] });
  const bare = await policy();
  expect([bare.targets, bare.overrides, bare.holdoutBps]).toEqual([[], undefined, undefined]);
  await expect(put({ overrides: { dev: 'v9' } })).rejects.toThrow('overrides.dev');
  await expect(submit([ab()], { slice: { from: '95%' }, overrides: {} })).resolves.toBeDefined();
  await put({ holdout: '10%' });
  await expect(submit([ab()], { name: 'other', slice: { from: '95%' } })).rejects.toThrow('held out');
});
