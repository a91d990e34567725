// Watches a rollout that moves by itself: each step as callers see it, to the end.
import { type Observation } from '../traffic/observation';
import { type Traffic } from '../traffic/traffic';
import { waitUntil } from '../wait-until';
import { type ControllerClient, type RolloutView } from './controller-client';
import { reportOf, type StepReport } from './step-report';

export interface Watched {
  readonly steps: readonly StepReport[];
  /** The rollout when it had ended. */
  readonly end: RolloutView;
  /** All that callers saw from the first policy of the rollout on. */
  readonly seen: Observation;
  /** When it was found to go back or to have ended, by the steady clock. */
  readonly decidedAtMs: number;
}

const over = new Set(['completed', 'rolled-back', 'superseded']);
const lookEveryMs = 100;

export class RolloutWatcher {
  constructor(
    private readonly controller: Pick<ControllerClient, 'rollout'>,
    private readonly traffic: Pick<Traffic, 'observe' | 'endObservation'>,
    private readonly patienceMs: number,
  ) {}

  /** @throws where it has not ended in all the time there is: the message says what it waits for. */
  async follow(id: string, candidate: string, onStep: (report: StepReport) => void): Promise<Watched> {
    const until = performance.now() + this.patienceMs;
    const steps: StepReport[] = [];
    let view = await this.controller.rollout(id);
    const seen = this.traffic.observe(view.weights.policyRevision);
    let before: Observation | undefined;
    try {
      while (serves(view)) {
        const startedAt = performance.now();
        const here = this.traffic.observe(view.weights.policyRevision);
        const { last, after } = await this.nextPlace(view, until);
        this.traffic.endObservation(here);
        const at = here.before({ policy: after.weights.policyRevision });
        const durationMs = Math.round(performance.now() - startedAt);
        const report = reportOf({ candidate, view: last, after, seen: at, durationMs }, before);
        steps.push(report);
        onStep(report);
        [view, before] = [after, at];
      }
      const decidedAtMs = performance.now();
      return { steps, end: await this.ended(id), seen, decidedAtMs };
    } finally {
      this.traffic.endObservation(seen);
    }
  }

  /** The last look at this step, and the first at what follows it. */
  private async nextPlace(from: RolloutView, until: number): Promise<{ last: RolloutView; after: RolloutView }> {
    let last = from;
    const left = Math.max(0, until - performance.now());
    const after = await waitUntil(
      async () => {
        const now = await this.controller.rollout(from.id);
        if (now.state === 'paused') throw new Error(`the rollout is paused: ${now.reason}`);
        if (!serves(now) || now.step !== from.step || now.stage !== from.stage) return now;
        last = now;
        return undefined;
      },
      { what: `step ${from.step + 1} to end`, withinMs: left, everyMs: lookEveryMs },
    ).catch((error: Error) => {
      throw new Error([error.message, ...last.waitingFor].join('; '));
    });
    return { last, after };
  }

  private ended(id: string): Promise<RolloutView> {
    return waitUntil(
      async () => {
        const now = await this.controller.rollout(id);
        return over.has(now.state) ? now : undefined;
      },
      { what: 'the rollout to end', withinMs: 60_000, everyMs: lookEveryMs },
    );
  }
}

function serves({ state }: RolloutView): boolean {
  return state === 'running' || state === 'paused' || state === 'pending';
}
