// The end of a rollout as callers see it: one version left, and how fast a bad one went.
import { type RollbackReport } from '../last-run';
import { type Observation } from '../traffic/observation';
import { type Traffic } from '../traffic/traffic';
import { waitUntil } from '../wait-until';
import { modelName } from './begin-rollout';
import { type ControllerClient } from './controller-client';
import { sentencesIn } from './step-report';
import { type Watched } from './watch-rollout';

/** So many predictions in a row under one version. */
const inARow = 300;
const patienceMs = 60_000;

/** @throws where the version is not stable, or another one goes on answering. */
export async function awaitAlone(
  controller: Pick<ControllerClient, 'model'>,
  traffic: Pick<Traffic, 'observe' | 'endObservation'>,
  version: string,
): Promise<void> {
  const { stable } = await controller.model(modelName);
  if (stable !== version) throw new Error(`${version} should be stable, and ${stable} is`);
  await waitUntil(
    async () => {
      const observation = traffic.observe();
      await waitUntil(() => (observation.predictions >= inARow ? true : undefined), {
        what: 'predictions',
        withinMs: patienceMs,
      });
      traffic.endObservation(observation);
      return observation.of(version).predictions === observation.predictions ? true : undefined;
    },
    { what: `${version} to answer everything`, withinMs: patienceMs },
  );
}

/** @param traffic what callers saw from before the rollout until it had left the traffic. */
export function rollbackOf(
  candidate: string,
  { steps, end, decidedAtMs }: Watched,
  traffic: Observation,
): RollbackReport {
  const metAtMs = traffic.firstAtMs(candidate) ?? decidedAtMs;
  const seen = traffic.since(metAtMs).before({ atMs: decidedAtMs });
  const after = traffic.since(decidedAtMs);
  const lastAtMs = after.lastAtMs(candidate) ?? decidedAtMs;
  return {
    weightBps: steps.at(-1)?.weightBps ?? 0,
    detectionMs: Math.round(decidedAtMs - metAtMs),
    requestsSeen: seen.of(candidate).predictions,
    requestsOfAll: seen.predictions,
    toZeroMs: Math.round(lastAtMs - decidedAtMs),
    requestsAfter: after.of(candidate).predictions,
    reason: end.reason,
    verdicts: sentencesIn(end),
  };
}
