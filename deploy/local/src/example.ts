// An example: its three model servers and the driver of their traffic, as children of the runner.
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
const readyWithinMs = 60_000;

/** What is told apart of an example; `folder` holds its serve.js and run-example.js. */
interface ExamplePlan {
  readonly model: string;
  readonly folder: string;
  readonly shown: string;
  readonly firstPort: number;
  /** Names of its servers' processes, and of the variables that hold their addresses, before the version. */
  readonly server: string;
  readonly variable: string;
  readonly predictBody: string;
}

const mail = 'Subject: You have won\\n\\nClick here to claim your free money now';
const spamFilter: ExamplePlan = {
  ...{ model: 'spam-filter', folder: 'examples/spam-filter', shown: 'spam filter', firstPort: 9101 },
  ...{ server: 'model', variable: 'WEIR_EXAMPLE' },
  predictBody: `{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["${mail}"]}]}`,
};
const recommender: ExamplePlan = {
  ...{ model: 'recommender', folder: 'examples/recommender', shown: 'recommender', firstPort: 9111 },
  ...{ server: 'recommender', variable: 'WEIR_RECOMMENDER' },
  predictBody: `{"inputs":[{"name":"user","shape":[1],"datatype":"BYTES","data":["me"]},{"name":"genre","shape":[1],"datatype":"BYTES","data":["Comedy"]}]}`,
};

/** `--only recommender` is the recommender; else the spam filter, or a part of it. */
function planFor({ only }: Pick<StartOptions, 'only'>): ExamplePlan {
  return only === recommender.model ? recommender : spamFilter;
}

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

export async function startModelServers(
  context: InfrastructureContext,
  options: Pick<StartOptions, 'only'>,
): Promise<Example> {
  const { host } = context;
  const plan = planFor(options);
  const servers = await host.steps.step('Example: model servers', async (say) => {
    const started = await Promise.all(
      versions.map((version, index) => startModelServer(context, plan, version, plan.firstPort + index)),
    );
    say(`Example: ${plan.shown} v1, v2 and v3`);
    return Object.fromEntries(started);
  });
  return { model: plan.model, predictBody: plan.predictBody, servers };
}

async function startModelServer(
  { host, state, supervisor, env }: InfrastructureContext,
  plan: ExamplePlan,
  version: string,
  wanted: number,
): Promise<[string, string]> {
  const name = `${plan.server}-${version}`;
  const known = state.get('ports') ?? {};
  const port = await claimPort([known[name], wanted]);
  state.set('ports', { ...state.get('ports'), [name]: port });
  const url = `http://127.0.0.1:${port}`;
  await supervisor.start({
    name,
    layer: 'example',
    command: process.execPath,
    args: [entry(host.root, plan, 'serve.js'), '--version', version, '--port', String(port)],
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
  const plan = planFor(options);
  const args = [
    entry(host.root, plan, 'run-example.js'),
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
      Object.entries(example?.servers ?? {}).map(([version, url]) => [
        `${plan.variable}_${version.toUpperCase()}`,
        url,
      ]),
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

function entry(root: string, { folder }: ExamplePlan, file: string): string {
  const path = join(root, folder, 'dist', file);
  if (!existsSync(path))
    throw new Complaint(
      `${folder}/dist/${file} is missing: npm start -- --bare starts the system without the example.`,
    );
  return path;
}
