// What is written down of one step of a rollout: what it asked for, what callers saw, and what the guardrails said. Pure.
import { type Observation } from '../traffic/observation';
import { type RolloutView } from './controller-client';

export type Sentence = Pick<RolloutView['verdicts'][number], 'name' | 'verdict' | 'sentence'>;

export interface StepReport {
  /** What the rollout asked for, what every router served by, and what callers saw, basis points. */
  readonly weightBps: number;
  readonly appliedBps: number;
  readonly observedBps: number;
  /** The same by mailboxes: a mailbox counts once, however busy it is. */
  readonly observedUnitsBps: number;
  /** Mailboxes and predictions of the candidate, and of all, that callers saw at this step. */
  readonly units: number;
  readonly predictions: number;
  readonly unitsOfAll: number;
  readonly predictionsOfAll: number;
  /** Mailboxes that were on the candidate a step ago and met another version in this one: none, while it grows. */
  readonly unitsTakenBack: number;
  readonly durationMs: number;
  /** As they were when the step was last looked at. */
  readonly verdicts: readonly Sentence[];
  /** Why it ended, in the controller's words. */
  readonly ended: string;
}

/** A step that is over. */
export interface WatchedStep {
  readonly candidate: string;
  /** The last look at it. */
  readonly view: RolloutView;
  /** The first look at what came next. */
  readonly after: RolloutView;
  readonly seen: Observation;
  readonly durationMs: number;
}

export function reportOf(step: WatchedStep, before: Observation | undefined): StepReport {
  const { candidate, view, after, seen } = step;
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
    durationMs: step.durationMs,
    verdicts: sentencesIn(after.state === 'running' ? view : after),
    ended: after.reason,
  };
}

/** Of one stage: those of the others have been heard, or have nothing to say yet. */
export function sentencesIn({ verdicts, stage }: RolloutView, of = stage): Sentence[] {
  return verdicts
    .filter((each) => each.stage === of)
    .map(({ name, verdict, sentence }) => ({ name, verdict, sentence }));
}

export function percent(bps: number): string {
  return `${(bps / 100).toFixed(bps % 100 === 0 ? 0 : 1)} %`;
}
