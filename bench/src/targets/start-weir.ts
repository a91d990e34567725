// Weir as it is measured: the controller publishes a canary of 10 %, two routers serve by it, one of them without its journal.
import { setTimeout as pause } from 'node:timers/promises';
import { claimPort, migrate, serviceSpec, urlOf, type Addresses } from '@weir/local';
import { pinned } from './cores';
import { type Ports } from './nginx';
import { pidOf, programOf, type Place } from './start-peers';
import { inferPath, modelName, type Target } from './target';

export interface RouterOptions {
  readonly name: string;
  /** Modules loaded before the router's own. */
  readonly preload?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The versions that some unit must have met before it is visited: default both. */
  readonly meets?: readonly ('v1' | 'v2')[];
}

const noCollector = 'http://127.0.0.1:1';

/** Declares the model and its rollout; gives the controller's address. */
export async function startController(
  place: Place,
  addresses: Addresses,
  stub: Ports,
  stage: object = canary,
): Promise<string> {
  const { context } = place;
  await migrate(context, addresses);
  const at = { name: 'rollout-controller', app: 'rollout-controller', port: await claimPort([]) };
  await context.host.steps.step(at.name, async (say) => {
    await context.supervisor.start(serviceSpec(context, addresses, at, noCollector));
    await declare(urlOf(at), context.state.adminKey(), stub, stage);
    say(`${at.name}: the rollout is published`);
  });
  return urlOf(at);
}

export async function startRouter(place: Place, addresses: Addresses, options: RouterOptions): Promise<Target> {
  const { context, cores } = place;
  const { name, preload } = options;
  const at = { name, app: 'request-router', port: await claimPort([]) };
  await context.host.steps.step(name, async (say) => {
    const spec = serviceSpec(context, addresses, at, noCollector);
    await context.supervisor.start({
      ...spec,
      ...pinned(programOf(place, 'taskset'), cores.server, spec.command, spec.args),
      // one core is given, so one worker
      env: {
        ...spec.env,
        WEIR_WORKERS: '1',
        ...(preload && { NODE_OPTIONS: `--require "${preload}"` }),
        ...options.env,
      },
    });
    await untilMet(`${urlOf(at)}${inferPath}`, options.meets ?? ['v1', 'v2']);
    say(`${name}: serves by the rollout`);
  });
  return { name, url: `${urlOf(at)}${inferPath}`, pid: pidOf(context, name), loadsBroker: false };
}

const canary = { canary: { steps: [{ weight: '10%', hold: 'manual' }] } };

async function declare(controller: string, adminKey: string, { v1, v2 }: Ports, stage: object): Promise<void> {
  const call = async (method: string, path: string, body: object): Promise<void> => {
    const answer = await fetch(`${controller}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  const [one, two] = [v1, v2].map((port) => ({ instances: [`http://127.0.0.1:${port}`] }));
  await call('PUT', `/models/${modelName}`, {
    name: modelName,
    stable: 'v1',
    versions: { v1: one, v2: two },
    capture: { bodies: 'always' },
    metrics: { liked: { type: 'binary', direction: 'up', within: '10m', missing: 'ignore' } },
  });
  await call('POST', '/rollouts', { model: modelName, candidates: ['v2'], stages: [stage] });
}

/** Waits until each version was met by some unit. */
async function untilMet(url: string, wanted: readonly string[]): Promise<void> {
  const deadline = performance.now() + 60_000;
  const missing = new Set(wanted);
  for (let unit = 0; performance.now() < deadline; unit += 1) {
    const version = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-weir-unit': `unit-${unit}` },
      body: '{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}',
    }).then(
      async (answer) => (await answer.arrayBuffer(), answer.headers.get('x-weir-version')),
      () => null,
    );
    if (version) missing.delete(version);
    if (missing.size === 0) return;
    await pause(10);
  }
  throw new Error(`no unit of ${url} met ${[...missing].join(' and ')} within a minute`);
}
