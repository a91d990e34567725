// From whatever an earlier run left behind to v1 stable and a rollout of v2 at its first step.
import { type ControllerClient } from './controller-client';
import { modelManifest, type ModelServers, rolloutManifest } from './manifests';

export const modelName = 'spam-filter';
export const baseline = 'v1';
export const candidate = 'v2';

const ended = new Set(['completed', 'rolled-back', 'superseded']);

export type Say = (line: string) => void;

/** Declares the model and makes v1 stable again where an earlier run has made v2 so. */
export async function prepareModel(controller: ControllerClient, servers: ModelServers, say: Say): Promise<void> {
  await controller.putModel(modelName, modelManifest(servers));
  for (const { id, state } of await controller.rolloutsOf(modelName)) {
    if (ended.has(state)) continue;
    say(`rollout ${id} of an earlier run is ${state}: aborted`);
    await controller.command(id, 'abort', { reason: 'the example begins anew' });
  }
  const { stable } = await controller.model(modelName);
  if (stable === baseline) return;
  say(`${stable} is stable from an earlier run: the model goes back to ${baseline}`);
  await controller.rollBackModel(modelName, 'the example begins anew');
}

export async function submitRollout(controller: ControllerClient, say: Say): Promise<string> {
  const id = await controller.submitRollout(rolloutManifest());
  say(`rollout ${id}: ${candidate} against ${baseline}, every step released by hand`);
  return id;
}
