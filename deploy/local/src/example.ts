// The spam filter: three model servers and the driver of their traffic, as children of the runner.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Complaint } from './complaint';
import type { Addresses, InfrastructureContext } from './infrastructure';
import type { StartOptions } from './options';
import { claimPort } from './ports';
import { answersHttp } from './probes';
import type { Services } from './services';
import { untilStopped } from './system';

const versions = ['v1', 'v2', 'v3'] as const;
const firstPort = 9101;
const readyWithinMs = 60_000;

export interface Example {
  readonly model: string;
  /** An infer body that a person can send as it is. */
  readonly predictBody: string;
  /** Address of each version's server. */
  readonly servers: Readonly<Record<string, string>>;
}

export interface Drive {
  readonly options: StartOptions;
  readonly addresses: Addresses;
  readonly services: Services;
  readonly example?: Example;
}

export async function startModelServers(context: InfrastructureContext): Promise<Example> {
  const { host } = context;
  const servers = await host.steps.step('Example: model servers', async (say) => {
    const started = await Promise.all(
      versions.map((version, index) => startModelServer(context, version, firstPort + index)),
    );
    say('Example: spam filter v1, v2 and v3');
    return Object.fromEntries(started);
  });
  const mail = 'Subject: You have won\\n\\nClick here to claim your free money now';
  const predictBody = `{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["${mail}"]}]}`;
  return { model: 'spam-filter', predictBody, servers };
}

async function startModelServer(
  { host, state, supervisor, env }: InfrastructureContext,
  version: string,
  wanted: number,
): Promise<[string, string]> {
  const name = `model-${version}`;
  const known = state.get('ports') ?? {};
  const port = await claimPort([known[name], wanted]);
  state.set('ports', { ...state.get('ports'), [name]: port });
  const url = `http://127.0.0.1:${port}`;
  await supervisor.start({
    name,
    layer: 'example',
    command: process.execPath,
    args: [entry(host.root, 'serve.js'), '--version', version, '--port', String(port)],
    env,
    readyWithinMs,
    isReady: () => answersHttp(`${url}/v2/health/ready`),
  });
  return [version, url];
}

/** Runs the driver in sight of the person; with --once its verdict is ours. */
export async function driveExample(
  context: InfrastructureContext,
  { options, addresses, services, example }: Drive,
): Promise<number> {
  const { host, state, env } = context;
  const args = [
    entry(host.root, 'run-example.js'),
    ...(options.once ? ['--once'] : []),
    ...(options.only ? ['--only', options.only] : []),
  ];
  const surroundings = {
    ...env,
    KAFKA_BROKERS: addresses.kafkaBrokers,
    DATABASE_URL: addresses.databaseUrl,
    REDIS_URL: addresses.redisUrl,
    WEIR_ROUTER: services.router.join(','),
    WEIR_COLLECTOR: services.collector,
    WEIR_CONTROLLER: services.controller,
    WEIR_API_KEY: state.adminKey(),
    WEIR_STATE_DIR: state.path,
    ...Object.fromEntries(
      Object.entries(example?.servers ?? {}).map(([version, url]) => [`WEIR_EXAMPLE_${version.toUpperCase()}`, url]),
    ),
  };
  try {
    await host.run(process.execPath, args, { env: surroundings, screen: true });
  } catch (error) {
    if (host.stopping.aborted) return options.once ? Promise.reject(host.stopping.reason as Error) : 0;
    const code = (error as { code?: unknown }).code;
    if (options.once) return typeof code === 'number' ? code : 1;
    host.steps.say(`  ! the example's traffic ended (${String(code)}); the system goes on without it`);
  }
  if (!options.once) await untilStopped(host);
  return 0;
}

function entry(root: string, file: string): string {
  const path = join(root, 'examples/spam-filter/dist', file);
  if (!existsSync(path))
    throw new Complaint(
      `examples/spam-filter/dist/${file} is missing: npm start -- --bare starts the system without the example.`,
    );
  return path;
}
