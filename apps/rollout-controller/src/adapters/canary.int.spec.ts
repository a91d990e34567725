// A canary that moves by itself: by time and by evidence that comes over Kafka, through the real tables.
import { evidence, type Evidence, type RolloutPlan } from '@weir/contracts';
import { eventually, eventuallyPasses } from '@weir/testing';
import { CanaryDriver } from './canary.fixture';

describe('a canary', () => {
  let driver: CanaryDriver;
  beforeAll(async () => {
    driver = await CanaryDriver.start(process.env);
  });
  afterAll(() => driver.stop());
  beforeEach(() => driver.newModel());

  it('S01 goes by time through its steps, and its candidate is stable at the end', async () => {
    const { id } = await driver.submit({ steps: ['10%', '30%'], every: '300ms', minUnits: 0 });
    await driver.ended(id, 'completed');
    expect(await driver.story(id)).toEqual([
      ['submit', 'bootstrap', 'running 0'],
      ['advance', 'weir', 'running 1'],
      ['complete', 'weir', 'completed 1'],
    ]);
    expect(await driver.stable()).toBe('v2');
  });

  it('W5 waits for its units, which come with the evidence', async () => {
    const { id } = await driver.submit({ steps: ['10%', '30%'], every: '100ms', minUnits: 10 });
    await driver.evidence(id, { v1: { units: 90 }, v2: { units: 9 } });
    await eventually(async () => (await driver.view(id)).units['v2'] === 9);
    const { step, waitingFor } = await driver.view(id);
    expect([step, waitingFor]).toEqual([0, expect.arrayContaining(['units: 9 of 10 on v2'])]);
    await driver.evidence(id, { v1: { units: 10 }, v2: { units: 1 } });
    await eventually(async () => (await driver.view(id)).step === 1);
  });

  it('S84 is paused at maxStep without traffic, and neither promoted nor rolled back', async () => {
    const { id } = await driver.submit({ steps: ['10%'], every: '100ms', maxStep: '300ms' });
    await driver.ended(id, 'paused');
    const { pauses, moves } = await driver.view(id);
    expect(pauses).toMatchObject([{ by: 'inconclusive' }]);
    expect(moves).toEqual(['pause', 'resume', 'promote', 'promote-full', 'abort']);
  });

  it('S15 waits for the routers that it hears from', async () => {
    const says = (revision: number) => driver.controllers.applied('slow', driver.model, revision);
    await says(1);
    await eventually(async () => (await driver.controllers.rows('select 1 from router')).length === 1);
    const { id, weights } = await driver.submit({ steps: ['10%', '20%'], every: '100ms', minUnits: 0 });
    expect(weights).toMatchObject({ appliedRevision: 1, policyRevision: 2 });
    const waitsFor = async () => (await driver.view(id)).waitingFor;
    const routers = 'routers: not all of them serve by the weights of this step yet';
    await eventually(async () => JSON.stringify(await waitsFor()) === JSON.stringify([routers]));
    await says(weights.policyRevision);
    await eventually(async () => (await driver.view(id)).step === 1);
    await driver.controllers.applied('slow', driver.model, 0, 'stopping');
    await driver.ended(id, 'completed');
  });

  const guarded = {
    steps: ['10%', '30%'],
    every: '100ms',
    advance: 'evidence',
    minUnits: 10,
    guardrails: [
      { metric: 'error-rate', margin: 2 },
      { metric: 'correct', margin: 0.05 },
    ],
  };
  /** A better candidate, in the shares that the weights ask for. */
  const goodAt = (weightBps: number) => ({
    v1: { units: 10_000 - weightBps, errors: 100, correct: [10_000 - weightBps, 0.9 * (10_000 - weightBps)] as const },
    v2: { units: weightBps, errors: weightBps / 200, correct: [weightBps, 0.95 * weightBps] as const },
  });
  const good = goodAt(1_000);
  const bad = { v1: { units: 900, errors: 3 }, v2: { units: 100, errors: 90 } };

  it('goes by evidence: each step passed by its guardrails, with their words as the reason', async () => {
    const { id, verdicts } = await driver.submit(guarded);
    expect(verdicts.map(({ name, verdict, alpha }) => [name, verdict, alpha])).toEqual([
      ['error-rate', 'inconclusive', 0.005],
      ['correct', 'inconclusive', 0.005],
    ]);
    await eventually(
      async () => {
        if ((await driver.view(id)).state === 'completed') return true;
        await driver.evidence(id, goodAt);
        return false;
      },
      { timeoutMs: 30_000 },
    );
    const { verdicts: shown, reason } = await driver.ended(id, 'completed');
    expect(shown.map(({ verdict, accepted }) => [verdict, accepted])).toEqual([
      ['pass', true],
      ['pass', true],
    ]);
    expect(reason).toMatch(/^step 2 of 2 passed after .* error-rate of v2 is .* correct of v2 is /);
    expect((await driver.story(id)).map(([action, actor]) => [action, actor])).toEqual([
      ['submit', 'bootstrap'],
      ['advance', 'guardrails'],
      ['complete', 'guardrails'],
    ]);
  });

  it('S76 is rolled back by a breach, by that guardrail’s name and words, within five seconds of the evidence', async () => {
    const { id } = await driver.submit({ ...guarded, every: '1h' });
    await driver.evidence(id, good);
    const rows = await driver.rows(id, bad);
    const sentAt = performance.now();
    for (const row of rows) await driver.controllers.send(evidence, row);
    const latest = () => driver.controllers.published.filter(({ model }) => model === driver.model).at(-1);
    await eventually(() => latest()?.slices.length === 0, { everyMs: 10 });
    const tookMs = performance.now() - sentAt;
    const { verdicts, reason, weights } = await driver.ended(id, 'rolled-back');
    expect(weights.desired).toEqual({ v1: 10_000 });
    expect(verdicts.find(({ name }) => name === 'error-rate')).toMatchObject({ verdict: 'fail', breached: true });
    expect(reason).toMatch(/^error-rate of v2 is .* worse by more than 2 times/);
    expect((await driver.story(id)).slice(1)).toEqual([
      ['rollback', 'guardrail:error-rate', 'rolling-back 0'],
      ['applied', 'weir', 'rolled-back 0'],
    ]);
    expect(tookMs).toBeLessThan(5_000); // the promise; `npm run faults -- rollback-speed` measures it
  });

  it('is rolled back by a breach while it is paused, or held by hand', async () => {
    const paused = await driver.submit({ ...guarded, every: '1h' });
    await driver.tell(paused.id, 'pause');
    await driver.evidence(paused.id, bad);
    expect((await driver.ended(paused.id, 'rolled-back')).weights.desired).toEqual({ v1: 10_000 });
    await driver.newModel();
    const held = await driver.submit({ ...guarded, steps: [{ weight: '10%', hold: 'manual' }] });
    await driver.evidence(held.id, bad);
    expect((await driver.ended(held.id, 'rolled-back')).weights.desired).toEqual({ v1: 10_000 });
  });

  it('is judged anew when it is tried again: another attempt, with an evidence and an alpha of its own', async () => {
    const { id } = await driver.submit({ ...guarded, every: '1h' });
    await driver.evidence(id, bad);
    const old = await driver.ended(id, 'rolled-back');
    const again = await driver.tell(id, 'retry');
    expect([again.attempt, again.verdicts.map(({ verdict, alpha }) => [verdict, alpha])]).toEqual([
      2,
      [
        ['inconclusive', 0.005],
        ['inconclusive', 0.005],
      ],
    ]);
    await driver.evidence(id, bad, { attempt: 1, step: old.step });
    await driver.evidence(id, good);
    await eventually(async () => (await driver.view(id)).verdicts[0]?.candidateCounts.units === 1_000);
    expect((await driver.view(id)).state).toBe('running');
    const slice = () => driver.controllers.published.filter(({ model }) => model === driver.model).at(-1)?.slices[0];
    await eventuallyPasses(() => expect(slice()).toMatchObject({ rollout: id, attempt: 2 }));
  });

  it('W1 counts a window once, whole, and in its order, however it comes; and a recount gives the same verdicts', async () => {
    const { id } = await driver.submit({ ...guarded, every: '1h' });
    const windows = [];
    for (let count = 0; count < 4; count += 1) windows.push(await driver.rows(id, good));
    const [first = [], second = [], third = [], fourth = []] = windows;
    const send = async (rows: Evidence[]) => {
      for (const row of rows) await driver.controllers.send(evidence, row);
    };
    await send([...first, ...first]);
    await send(second.slice(0, 3));
    await send(third);
    await eventually(async () => (await driver.judgement(id))?.through?.index === first[0]?.window.index);
    await send(third);
    expect((await driver.view(id)).verdicts[0]?.candidateCounts.units).toBe(1_000);
    await send(second);
    await eventually(async () => (await driver.judgement(id))?.through?.index === third[0]?.window.index);
    await send([...fourth.reverse(), ...second, ...first]);
    await eventually(async () => (await driver.judgement(id))?.through?.index === fourth[0]?.window.index);
    const kept = await driver.judgement(id);
    expect(await driver.recount(id)).toEqual(kept);
    const { body } = await driver.controllers.call<{ verdicts: unknown; through: unknown }>(
      'GET',
      `/api/v1/rollouts/${id}/evidence`,
    );
    expect(body.verdicts).toEqual((await driver.view(id)).verdicts);
    expect(body.through).toEqual(kept?.through);
  });

  it('is not promoted past a window of which a row is missing, says which, and goes on when it comes', async () => {
    const { id } = await driver.submit({ steps: ['10%', '30%'], every: '1h', minUnits: 0 });
    const [lost, ...came] = await driver.rows(id, { v1: { units: 90 }, v2: { units: 10 } });
    const later = await driver.rows(id, { v1: { units: 90 }, v2: { units: 10 } });
    for (const row of [...came, ...later]) await driver.controllers.send(evidence, row);
    const index = lost?.window.index;
    await eventually(async () => (await driver.view(id)).tornWindow?.index === index);
    await driver.elapse(id, 3_600_000);
    await driver.controllers.rows(`update evidence set heard_at = heard_at - interval '1 minute' where rollout = $1`, [
      id,
    ]);
    const alarms = async () => /^weir_controller_torn_windows\S* (\d)$/m.exec(await driver.controllers.metrics())?.[1];
    await eventually(async () => (await alarms()) === '1');
    const { step, tornWindow, waitingFor, units } = await driver.view(id);
    expect([step, units]).toEqual([0, {}]);
    expect(tornWindow).toMatchObject({ index, came: 1, of: 2 });
    expect(tornWindow?.waitedMs).toBeGreaterThan(60_000);
    expect(waitingFor).toContainEqual(
      expect.stringMatching(new RegExp(`^evidence: window ${index}, until .*, has 1 of its 2 rows`)),
    );
    if (lost) await driver.controllers.send(evidence, lost);
    await eventually(async () => (await driver.view(id)).step === 1);
    expect((await driver.view(id)).tornWindow).toBeNull();
    await eventually(async () => (await alarms()) === '0');
  });

  it('W3 goes on after a restart from the stored beginning of its step, and not twice', async () => {
    const { id } = await driver.submit({ steps: ['10%', '20%', '30%'], every: '1h', minUnits: 0 });
    await driver.controllers.restart({ whileDown: () => driver.elapse(id, 3_600_000) });
    await eventually(async () => (await driver.view(id)).step === 1); // a timer that began anew would take an hour
    await driver.controllers.restart();
    await driver.looked(id);
    expect((await driver.story(id)).map(([action]) => action)).toEqual(['submit', 'advance']);
  });

  it('keeps a person’s pause and its own apart: each is lifted by itself', async () => {
    const { id } = await driver.submit({ ...guarded, maxStep: '200ms' });
    await driver.ended(id, 'paused');
    expect((await driver.tell(id, 'pause')).pauses.map(({ by }) => by)).toEqual(['inconclusive', 'person']);
    const still = await driver.tell(id, 'resume');
    expect([still.state, still.pauses.map(({ by }) => by)]).toEqual(['paused', ['inconclusive']]);
    await driver.tell(id, 'resume');
    await driver.ended(id, 'paused');
    expect((await driver.story(id)).map(([action]) => action)).toEqual([
      'submit',
      'pause',
      'pause',
      'resume',
      'resume',
      'pause',
    ]);
    expect(await driver.tell(id, 'promote')).toMatchObject({ state: 'running', step: 1, pauses: [] });
  });

  it('goes back at maxStep where the stage asks for it', async () => {
    const { id } = await driver.submit({ ...guarded, maxStep: '200ms', onInconclusive: 'fail' });
    const { reason } = await driver.ended(id, 'rolled-back');
    expect(reason).toMatch(/^no answer within maxStep; waited for units: 0 of 10 on v1/);
  });

  it('is held by a sample ratio that does not follow the weights, and never rolled back by it', async () => {
    const { id } = await driver.submit({
      ...{ steps: ['10%', '30%'], every: '100ms', maxStep: '1h', minUnits: 1, onInconclusive: 'fail' },
    });
    await driver.evidence(id, { v1: { units: 5_000 }, v2: { units: 5_000 } });
    await eventually(async () => (await driver.view(id)).sampleRatio.verdict === 'fail');
    await driver.elapse(id, 3_600_000);
    const { reason, pauses, step } = await driver.ended(id, 'paused');
    expect([step, pauses.map(({ by }) => by)]).toEqual([0, ['inconclusive']]);
    expect(reason).toContain('Sample ratio');
  });

  it('is planned with the traffic that its model’s latest rollout saw', async () => {
    const { id } = await driver.submit({ ...guarded, every: '1h' });
    const stages = [{ canary: guarded }];
    const plan = async () => {
      const manifest = { model: driver.model, candidates: ['v2'], stages };
      const { body } = await driver.controllers.call<RolloutPlan>('POST', '/api/v1/rollouts/plan', manifest);
      return body;
    };
    expect((await plan()).traffic.source).toBe('assumed');
    await driver.evidence(id, good);
    await eventually(async () => (await plan()).traffic.unitsPerSecond === 10_000); // all rows of the window are there
    const { traffic, stages: planned, alphaPerGuardrail } = await plan();
    expect(traffic).toMatchObject({ unitsPerSecond: 10_000, predictionsPerSecond: 10_000 });
    expect(planned[0]?.steps.map(({ expected }) => (expected?.ms.median ?? 0) > 0)).toEqual([true, true]);
    expect(planned[0]?.guardrails).toEqual([
      { name: 'error-rate', alpha: alphaPerGuardrail },
      { name: 'correct', alpha: alphaPerGuardrail },
    ]);
  });
});
