// Watches an A/B stage to its decision: what callers in the segment met meanwhile, what was found, and whom the segment meets afterwards.
import { type Region } from '../traffic/mailboxes';
import { type Observation } from '../traffic/observation';
import { type Traffic } from '../traffic/traffic';
import { waitUntil } from '../wait-until';
import { baseline, better, modelName } from './begin-rollout';
import { type ControllerClient, type ExperimentComparison, type RolloutView } from './controller-client';
import { untilEnded } from './until-ended';

export interface ExperimentReport {
  readonly durationMs: number;
  readonly decision: 'winner' | 'no-difference' | 'harm' | 'inconclusive' | null;
  readonly winner: string | null;
  /** Metric by metric, as it was decided. */
  readonly comparisons: readonly Pick<ExperimentComparison, 'metric' | 'effect' | 'interval' | 'shown' | 'sentence'>[];
  /** The stage of the sample ratio that is off; null: none. */
  readonly broken: string | null;
  /** Of the predictions that callers in the segment had answered: the share of v2, basis points, and how many. */
  readonly inSegmentBps: number;
  readonly predictionsInSegment: number;
  /** Predictions outside of it that were assigned to v2 meanwhile: none. */
  readonly outsideToCandidate: number;
  /** Why it ended, in the controller's words. */
  readonly ended: string;
}

/** The segment of ab.yaml. */
export const segment: readonly Region[] = ['us', 'apac'];

/** So many predictions of the segment in a row. */
const inARow = 100;

/** @throws where it has not been decided in all the time there is: the message says what it waits for. */
export async function watchExperiment(
  controller: Pick<ControllerClient, 'rollout'>,
  traffic: Pick<Traffic, 'observe' | 'endObservation'>,
  { id, withinMs }: { readonly id: string; readonly withinMs: number },
): Promise<ExperimentReport> {
  const startedAt = performance.now();
  const { weights } = await controller.rollout(id);
  const seen = observeRegions(traffic, weights.policyRevision);
  const waited = { id, what: 'the experiment to be decided', withinMs };
  const end = await untilEnded(controller, waited).finally(() => seen.end());
  return reportOf(end, seen, Math.round(performance.now() - startedAt));
}

interface Regions {
  readonly inside: Observation;
  readonly outside: Observation;
  end(): void;
}

function observeRegions(traffic: Pick<Traffic, 'observe' | 'endObservation'>, fromPolicy = 0): Regions {
  const inside = traffic.observe(fromPolicy, ({ region }) => segment.includes(region));
  const outside = traffic.observe(fromPolicy, ({ region }) => !segment.includes(region));
  const end = () => [inside, outside].forEach((each) => traffic.endObservation(each));
  return { inside, outside, end };
}

function reportOf(end: RolloutView, { inside, outside }: Regions, durationMs: number): ExperimentReport {
  const policy = end.weights.policyRevision;
  const [met, others] = [inside.before({ policy }), outside.before({ policy })];
  const { decision } = end;
  return {
    durationMs,
    decision: decision?.kind ?? null,
    winner: end.winner ?? null,
    comparisons: (decision?.comparisons ?? []).map(({ metric, effect, interval, shown, sentence }) => ({
      ...{ metric, effect, interval, shown, sentence },
    })),
    broken: decision?.sampleRatio.broken ?? null,
    inSegmentBps: met.of(better).predictionsBps,
    predictionsInSegment: met.predictions,
    outsideToCandidate: others.of(better).predictions,
    ended: end.reason,
  };
}

/** Until the segment meets its winner alone, and everybody else stable. @throws where they do not. */
export async function awaitTarget(
  controller: Pick<ControllerClient, 'model'>,
  traffic: Pick<Traffic, 'observe' | 'endObservation'>,
): Promise<void> {
  const { stable, targets } = await controller.model(modelName);
  if (stable !== baseline) throw new Error(`${baseline} should have stayed stable, and ${stable} is`);
  if (targets.length !== 1 || targets[0]?.version !== better)
    throw new Error(`${better} should be the lasting target of its segment: ${JSON.stringify(targets)}`);
  await waitUntil(
    async () => {
      const seen = observeRegions(traffic);
      const enough = () => Math.min(seen.inside.predictions, seen.outside.predictions) >= inARow || undefined;
      await waitUntil(enough, { what: 'predictions', withinMs: 60_000 }).finally(() => seen.end());
      const inside = seen.inside.of(better).predictions === seen.inside.predictions;
      return (inside && seen.outside.of(baseline).predictions === seen.outside.predictions) || undefined;
    },
    { what: `${better} to answer its segment, and ${baseline} the rest`, withinMs: 60_000 },
  );
}

/** A sentence for each thing that is not as it should be. */
export function problemsOfExperiment(report: ExperimentReport): string[] {
  const { decision, winner, comparisons, broken, inSegmentBps, predictionsInSegment, outsideToCandidate } = report;
  const deciding = comparisons.find(({ metric }) => metric === 'correct');
  // mailboxes are unequally active: a hundredth of them has a quarter of the mail
  const evenly = Math.abs(inSegmentBps - 5_000) <= 1_500;
  return [
    ...(decision === 'winner' && winner === better ? [] : [`${better} should have won: ${report.ended}`]),
    ...(comparisons.length === 2 ? [] : [`two metrics should have been compared: ${comparisons.length} were`]),
    ...(deciding?.shown === 'better' && (deciding.interval?.[0] ?? 0) > 0
      ? []
      : [`correct was not shown to be better: ${deciding?.sentence ?? 'it was not compared'}`]),
    ...(broken === null ? [] : [`the sample ratio is off: look at ${broken}`]),
    ...(evenly ? [] : [`${better} had ${inSegmentBps} bps of ${predictionsInSegment} predictions in its segment`]),
    ...(outsideToCandidate === 0 ? [] : [`${better} met ${outsideToCandidate} callers outside of its segment`]),
  ];
}
