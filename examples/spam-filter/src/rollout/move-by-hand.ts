// Moves v2 to stable as a careful person would: look at what the traffic shows, then release the next step.
import { type Observation } from '../traffic/observation';
import { type Traffic } from '../traffic/traffic';
import { waitUntil } from '../wait-until';
import { baseline, candidate, modelName, type Say } from './begin-rollout';
import { type ControllerClient, type RolloutView } from './controller-client';

export interface StepReport {
  /** What the rollout asked for, what every router served by, and what callers saw, basis points. */
  readonly weightBps: number;
  readonly appliedBps: number;
  readonly observedBps: number;
  /** The same by mailboxes: a mailbox counts once, however busy it is. */
  readonly observedUnitsBps: number;
  /** Mailboxes and predictions of the candidate, and of all, while the step was watched. */
  readonly units: number;
  readonly predictions: number;
  readonly unitsOfAll: number;
  readonly predictionsOfAll: number;
  /** Mailboxes that were on the candidate a step ago and met another version in this one: none, while it grows. */
  readonly unitsTakenBack: number;
}

/** A step is watched until callers have seen this much of it. */
export interface Enough {
  readonly predictions: number;
  readonly candidateUnits: number;
}

export const enough: Enough = { predictions: 1_000, candidateUnits: 30 };

/** How long anything may take, the watching of a step included. */
export function patienceAt(ratePerSecond: number): number {
  const predictions = Math.max(enough.predictions, enough.candidateUnits / 0.05);
  return 120_000 + (4 * 1_000 * predictions) / ratePerSecond;
}

export class HandMover {
  constructor(
    private readonly controller: Pick<ControllerClient, 'rollout' | 'command' | 'model'>,
    private readonly traffic: Pick<Traffic, 'observe' | 'endObservation'>,
    private readonly say: Say,
    private readonly patienceMs: number,
    private readonly need: Enough = enough,
  ) {}

  /** Every step, to the end: v2 stable and alone in the traffic. */
  async move(id: string, onStep: (report: StepReport) => void): Promise<void> {
    let before: Observation | undefined;
    for (;;) {
      const view = await this.applied(id);
      const seen = await this.watch(view);
      onStep(reportOf(view, seen, before));
      await this.promote(view, seen);
      const next = await this.moved(view);
      before = seen;
      if (next.state === 'completed') break;
    }
    await this.awaitAlone();
  }

  /** The rollout once every router serves by the weights it asks for. */
  private async applied(id: string): Promise<RolloutView> {
    return this.rollout(id, 'the routers to apply the weights', ({ weights: { desired, applied } }) => {
      return applied?.[candidate] === desired[candidate];
    });
  }

  private async watch(view: RolloutView): Promise<Observation> {
    const observation = this.traffic.observe(view.weights.policyRevision);
    await waitUntil(
      () =>
        observation.predictions >= this.need.predictions && observation.of(candidate).units >= this.need.candidateUnits
          ? true
          : undefined,
      { what: `${this.need.predictions} predictions at this step`, withinMs: this.patienceMs },
    );
    this.traffic.endObservation(observation);
    return observation;
  }

  private async promote(view: RolloutView, seen: Observation): Promise<void> {
    const { predictions, units } = seen.of(candidate);
    const reason = `${predictions} predictions of ${units} mailboxes looked right at ${percent(view.weights.desired[candidate] ?? 0)}`;
    await this.controller.command(view.id, 'promote', { reason, expectedRevision: view.revision });
  }

  private moved({ id, revision }: RolloutView): Promise<RolloutView> {
    return this.rollout(id, 'the rollout to take the step', (view) => view.revision > revision);
  }

  /** Waits for it; a rollout that somebody paused or rolled back will not come to it. */
  private async rollout(id: string, what: string, wanted: (view: RolloutView) => boolean): Promise<RolloutView> {
    const going = ({ state }: RolloutView) => state === 'running' || state === 'completed' || state === 'pending';
    const view = await waitUntil(
      async () => {
        const now = await this.controller.rollout(id);
        return !going(now) || wanted(now) ? now : undefined;
      },
      { what, withinMs: this.patienceMs },
    );
    if (!going(view)) throw new Error(`the rollout is ${view.state}: ${view.reason}`);
    return view;
  }

  /** The last of it is seen in the traffic: nothing but the candidate, several hundred times in a row. */
  private async awaitAlone(): Promise<void> {
    const { stable } = await this.controller.model(modelName);
    if (stable !== candidate) throw new Error(`${candidate} was promoted, but ${stable} is stable`);
    this.say(`${candidate} is stable; watching ${baseline} leave the traffic`);
    await waitUntil(
      async () => {
        const observation = this.traffic.observe();
        await waitUntil(() => (observation.predictions >= this.need.predictions / 2 ? true : undefined), {
          what: 'predictions',
          withinMs: this.patienceMs,
        });
        this.traffic.endObservation(observation);
        return observation.of(candidate).predictionsBps === 10_000 ? true : undefined;
      },
      { what: `${candidate} to answer everything`, withinMs: this.patienceMs },
    );
  }
}

export function reportOf(view: RolloutView, seen: Observation, before: Observation | undefined): StepReport {
  const of = seen.of(candidate);
  const others = seen.versions().filter((version) => version !== candidate);
  const takenBack = [...(before?.unitsOf(candidate) ?? [])].filter((unit) =>
    others.some((version) => seen.unitsOf(version).has(unit)),
  );
  return {
    weightBps: view.weights.desired[candidate] ?? 0,
    appliedBps: view.weights.applied?.[candidate] ?? 0,
    observedBps: of.predictionsBps,
    observedUnitsBps: of.unitsBps,
    units: of.units,
    predictions: of.predictions,
    unitsOfAll: seen.distinctUnits,
    predictionsOfAll: seen.predictions,
    unitsTakenBack: takenBack.length,
  };
}

export function percent(bps: number): string {
  return `${(bps / 100).toFixed(bps % 100 === 0 ? 0 : 1)} %`;
}
