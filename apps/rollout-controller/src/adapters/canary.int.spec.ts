// A canary that moves by itself: by time and by evidence that comes over Kafka, through the real tables.
import { eventually } from '@weir/testing';
import { CanaryDriver } from './canary.fixture';

describe('a canary', () => {
  let driver: CanaryDriver;
  beforeAll(async () => {
    driver = await CanaryDriver.start(process.env);
  });
  afterAll(() => driver.stop());
  beforeEach(() => driver.newModel());

  it('goes by time through its steps, and its candidate is stable at the end', async () => {
    const { id } = await driver.submit({ steps: ['10%', '30%'], every: '300ms', minUnits: 0 });
    await driver.ended(id, 'completed');
    expect(await driver.story(id)).toEqual([
      ['submit', 'bootstrap', 'running 0'],
      ['advance', 'weir', 'running 1'],
      ['complete', 'weir', 'completed 1'],
    ]);
    expect(await driver.stable()).toBe('v2');
  });

  it('waits for its units, which come with the evidence', async () => {
    const { id } = await driver.submit({ steps: ['10%', '30%'], every: '100ms', minUnits: 10 });
    await driver.evidence(id, { v1: { units: 90 }, v2: { units: 9 } });
    await eventually(async () => (await driver.view(id)).units['v2'] === 9);
    const { step, waitingFor } = await driver.view(id);
    expect([step, waitingFor]).toEqual([0, ['units: 9 of 10 on v2']]);
    await driver.evidence(id, { v1: { units: 10 }, v2: { units: 1 } });
    await eventually(async () => (await driver.view(id)).step === 1);
  });

  it('is paused at maxStep without traffic, and neither promoted nor rolled back', async () => {
    const { id } = await driver.submit({ steps: ['10%'], every: '100ms', maxStep: '300ms' });
    await driver.ended(id, 'paused');
    const { pauses, moves } = await driver.view(id);
    expect(pauses).toMatchObject([{ by: 'inconclusive' }]);
    expect(moves).toEqual(['pause', 'resume', 'promote', 'promote-full', 'abort']);
  });

  it('waits for the routers that it hears from', async () => {
    const { id, weights } = await driver.submit({ steps: ['10%', '20%'], every: '100ms', minUnits: 0 });
    await driver.controllers.applied('slow', driver.model, weights.policyRevision - 1);
    await eventually(async () => (await driver.view(id)).weights.appliedRevision === weights.policyRevision - 1);
    expect((await driver.view(id)).waitingFor).toEqual([
      'routers: not all of them serve by the weights of this step yet',
    ]);
    await driver.controllers.applied('slow', driver.model, weights.policyRevision);
    await eventually(async () => (await driver.view(id)).step === 1);
    await driver.controllers.applied('slow', driver.model, 0, 'stopping');
  });
});
