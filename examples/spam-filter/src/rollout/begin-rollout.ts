// From whatever an earlier run left behind to v1 stable and a rollout at its first step.
import { waitUntil } from '../wait-until';
import { type ControllerClient } from './controller-client';
import {
  banditManifest,
  experimentManifest,
  modelManifest,
  type ModelServers,
  rolloutManifest,
  type StageKind,
} from './manifests';

export const modelName = 'spam-filter';
export const baseline = 'v1';
/** The one that should come to be stable, and the one that should not. */
export const better = 'v2';
export const careless = 'v3';

const again = 'the example begins anew';
const ended = new Set(['completed', 'rolled-back', 'superseded']);

export type Say = (line: string) => void;

/** Declares the model, and makes v1 stable again everywhere where an earlier run has made v2 so. */
export async function prepareModel(controller: ControllerClient, servers: ModelServers, say: Say): Promise<void> {
  await controller.putModel(modelName, { ...modelManifest(servers), targets: [] });
  await endLiveRollouts(controller, say);
  const { stable } = await controller.model(modelName);
  if (stable === baseline) return;
  say(`${stable} is stable from an earlier run: the model goes back to ${baseline}`);
  await controller.rollBackModel(modelName, again);
}

async function endLiveRollouts(controller: ControllerClient, say: Say): Promise<void> {
  const live = async () => (await controller.rolloutsOf(modelName)).filter(({ state }) => !ended.has(state));
  for (const { id, state } of await live()) {
    if (state === 'rolling-back') continue;
    say(`rollout ${id} of an earlier run is ${state}: aborted`);
    await controller.command(id, 'abort', { reason: again });
  }
  const none = async () => ((await live()).length === 0 ? true : undefined);
  await waitUntil(none, { what: 'the rollout of an earlier run to end', withinMs: 60_000 });
}

/** v1 and v2 side by side in a segment. */
export async function submitExperiment(controller: ControllerClient, say: Say): Promise<string> {
  const id = await controller.submitRollout(experimentManifest());
  say(`rollout ${id}: ${baseline} and ${better} side by side in two regions, until right answers decide`);
  return id;
}

/** All three versions, each with as much of the traffic as its right answers have earned it. */
export async function submitBandit(controller: ControllerClient, say: Say): Promise<string> {
  const id = await controller.submitRollout(banditManifest());
  say(`rollout ${id}: ${baseline}, ${better} and ${careless} share the traffic as right answers have it`);
  return id;
}

/** @param only one kind of its stages. */
export async function submitRollout(
  controller: ControllerClient,
  version: string,
  say: Say,
  only?: StageKind,
): Promise<string> {
  const id = await controller.submitRollout(rolloutManifest(version, only));
  const through = only === undefined ? 'in shadow, then in canary' : `in ${only}`;
  say(`rollout ${id}: ${version}, ${through}, moved by the evidence`);
  return id;
}
