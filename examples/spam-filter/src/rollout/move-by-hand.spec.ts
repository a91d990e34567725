// v2 moved by hand against a controller and traffic in memory.
import { type Answer } from '../traffic/ask-router';
import { Observation } from '../traffic/observation';
import { type ControllerClient, type RolloutView } from './controller-client';
import { HandMover, type StepReport } from './move-by-hand';

const weights = [500, 1_000, 2_000, 3_000, 5_000];

/** A controller whose routers apply a policy a moment later, and traffic that follows what is applied. */
class FakeWeir implements Pick<ControllerClient, 'rollout' | 'command' | 'model'> {
  step = 0;
  revision = 1;
  appliedStep = -1;
  state = 'running';
  readonly commands: { action: string; reason: string; expectedRevision?: number }[] = [];
  private observations: Observation[] = [];
  private readonly pulse = setInterval(() => this.beat(), 5);
  private count = 0;

  rollout(): Promise<RolloutView> {
    const of = (step: number) => ({ v1: 10_000 - (weights[step] ?? 0), v2: weights[step] ?? 0 });
    return Promise.resolve({
      id: 'r-1',
      state: this.state,
      reason: 'a person said so',
      step: this.step,
      revision: this.revision,
      weights: {
        desired: of(this.step),
        applied: this.appliedStep < 0 ? null : of(this.appliedStep),
        observed: null,
        policyRevision: this.step + 1,
      },
    });
  }

  command(_id: string, action: string, body: { reason: string; expectedRevision?: number }): Promise<unknown> {
    this.commands.push({ action, ...body });
    this.step++;
    this.revision++;
    if (this.step === weights.length) this.state = 'completed';
    return Promise.resolve({});
  }

  model(): Promise<{ stable: string }> {
    return Promise.resolve({ stable: this.state === 'completed' ? 'v2' : 'v1' });
  }

  observe(fromPolicy = 0): Observation {
    const observation = new Observation(fromPolicy);
    this.observations.push(observation);
    return observation;
  }

  endObservation(observation: Observation): void {
    this.observations = this.observations.filter((each) => each !== observation);
  }

  end(): void {
    clearInterval(this.pulse);
  }

  /** First the traffic under the old policy, then the routers learn of the new one. */
  private beat(): void {
    const share = this.appliedStep >= weights.length ? 1 : (weights[this.appliedStep] ?? 0) / 10_000;
    for (let index = 0; index < 20; index++) {
      const unit = this.count++ % 100;
      const answer: Pick<Answer, 'assigned' | 'policyRevision'> = {
        assigned: unit < share * 100 ? 'v2' : 'v1',
        policyRevision: this.appliedStep + 1,
      };
      for (const observation of this.observations) observation.add(`mailbox-${unit}`, answer);
    }
    this.appliedStep = this.step;
  }
}

jest.setTimeout(30_000); // conditions are awaited, on a machine that may be busy

describe('HandMover', () => {
  let weir: FakeWeir;
  const steps: StepReport[] = [];
  const move = () =>
    new HandMover(weir, weir, () => undefined, 20_000, { predictions: 200, candidateUnits: 5 }).move('r-1', (step) =>
      steps.push(step),
    );

  beforeEach(() => {
    weir = new FakeWeir();
    steps.length = 0;
  });
  afterEach(() => weir.end());

  it('takes every step once, having seen it in the traffic, and says why', async () => {
    await move();
    expect(steps.map(({ weightBps }) => weightBps)).toEqual(weights);
    expect(steps.map(({ appliedBps }) => appliedBps)).toEqual(weights);
    expect(steps.map(({ observedUnitsBps }) => observedUnitsBps)).toEqual(weights);
    expect(steps.every(({ predictionsOfAll, unitsTakenBack }) => predictionsOfAll >= 200 && unitsTakenBack === 0)).toBe(
      true,
    );
    expect(weir.commands.map(({ action, expectedRevision }) => [action, expectedRevision])).toEqual(
      [1, 2, 3, 4, 5].map((revision) => ['promote', revision]),
    );
    expect(weir.commands[0]?.reason).toMatch(/\d+ predictions of 5 mailboxes looked right at 5 %/);
  });

  it('ends with v2 answering everything', async () => {
    await move();
    expect(weir.appliedStep).toBe(weights.length);
  });

  it('stops where somebody else ended the rollout', async () => {
    weir.state = 'rolled-back';
    await expect(move()).rejects.toThrow('the rollout is rolled-back: a person said so');
    expect(weir.commands).toEqual([]);
  });
});
