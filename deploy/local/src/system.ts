// One system on one state folder: opened under its lock, and closed so that nothing is left.
import { Complaint } from './complaint';
import { findDocker, removeContainers } from './docker';
import { cacheFolder } from './folders';
import type { Host } from './host';
import type { InfrastructureContext } from './infrastructure';
import { takeLock } from './lock';
import { releasePorts } from './ports';
import { removeRunFile } from './run-file';
import { StateFolder } from './state-folder';
import { endLeftovers, Supervisor } from './supervisor';

export interface SystemOptions {
  readonly path: string;
  readonly reset: boolean;
  readonly isThrowaway: boolean;
  readonly onChange?: () => void;
}

/** Runs `work` with the folder locked and leftovers ended; whatever happens, all it started ends after it. */
export async function withSystem<T>(
  host: Host,
  options: SystemOptions,
  work: (context: InfrastructureContext) => Promise<T>,
): Promise<T> {
  const env = process.env;
  const state = new StateFolder(options.path);
  state.create();
  const unlock = takeLock(state.lockFile);
  const supervisor = new Supervisor(host, state, options.onChange);
  host.watch.addFile(state.runFile);
  try {
    removeRunFile(state.runFile);
    const left = await endLeftovers(state);
    if (left.length > 0) host.steps.say(`  · ended what an earlier run left behind: ${left.join(', ')}`);
    if (options.reset) await reset(host, state);
    state.open();
    const cache = cacheFolder(env, state.path);
    return await work({ host, state, supervisor, env, cache, isThrowaway: options.isThrowaway });
  } catch (error) {
    throw host.stopping.aborted ? host.stopping.reason : error;
  } finally {
    removeRunFile(state.runFile);
    await supervisor.stop();
    host.watch.removeFile(state.runFile);
    releasePorts();
    unlock();
  }
}

async function reset(host: Host, state: StateFolder): Promise<void> {
  await host.steps.step('State forgotten', async () => {
    const docker = await findDocker(host, process.env);
    if (docker) await removeContainers(host, docker, state.path, true);
    state.reset();
  });
}

/** Resolves when the person, or the machine, asks to stop. */
export function untilStopped(host: Host): Promise<void> {
  if (host.stopping.aborted) return Promise.resolve();
  return new Promise((resolve) => host.stopping.addEventListener('abort', () => resolve(), { once: true }));
}

export function ensureNotStopped(host: Host): void {
  if (host.stopping.aborted)
    throw host.stopping.reason instanceof Error ? host.stopping.reason : new Complaint('Stopped.');
}
