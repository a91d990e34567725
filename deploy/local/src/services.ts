// Weir's own services: their migrations, then each as a process that is ready when its /readyz says so.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Complaint } from './complaint';
import { isCommandFailure, type Host } from './host';
import type { Addresses } from './infrastructure';
import { claimPort } from './ports';
import { answersHttp } from './probes';
import type { StateFolder } from './state-folder';
import type { ProcessSpec, Supervisor } from './supervisor';

const readyWithinMs = 60_000;

export interface ServiceContext {
  readonly host: Host;
  readonly state: StateFolder;
  readonly supervisor: Supervisor;
  readonly env: NodeJS.ProcessEnv;
}

/** The addresses of the services that run. */
export interface Services {
  readonly router: readonly string[];
  readonly collector: string;
  readonly controller: string;
  readonly comparator: string;
  readonly allocator: string;
}

/** Which program runs, under which name, where. */
export interface Place {
  readonly name: string;
  readonly app: string;
  readonly port: number;
}

export async function migrate(context: ServiceContext, addresses: Addresses): Promise<void> {
  const { host } = context;
  await host.steps.step('Databases and topics', async (say) => {
    const apps = ['outcome-collector', 'rollout-controller', 'shadow-comparator', 'bandit-allocator'];
    const results = await Promise.allSettled(apps.map((app) => migrateApp(context, addresses, app)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    say('Databases and topics migrated');
  });
}

async function migrateApp(context: ServiceContext, addresses: Addresses, app: string): Promise<void> {
  const { host, state } = context;
  const log = state.freshLog(`migrate-${app}`);
  try {
    await host.run(process.execPath, [entry(host.root, app, 'migrate.js')], {
      env: environment(context, addresses),
      log,
    });
  } catch (error) {
    if (!isCommandFailure(error)) throw error;
    const lastWords = error.output.trim().split('\n').slice(-12);
    throw new Complaint([`The migrations of ${app} failed; ${log} ends with:`, ...lastWords].join('\n'));
  }
}

export async function startServices(context: ServiceContext, addresses: Addresses, routers: number): Promise<Services> {
  const places = await placesOf(context.state, routers);
  const [collector, controller, comparator, allocator, ...router] = places;
  await Promise.all(
    places.map((place) =>
      startService(context, addresses, place, urlOf(collector), {
        comparator: urlOf(comparator),
        allocator: urlOf(allocator),
      }),
    ),
  );
  return {
    router: router.map(urlOf),
    collector: urlOf(collector),
    controller: urlOf(controller),
    comparator: urlOf(comparator),
    allocator: urlOf(allocator),
  };
}

async function placesOf(state: StateFolder, routers: number): Promise<[Place, Place, Place, Place, ...Place[]]> {
  const known = state.get('ports') ?? {};
  const place = async (name: string, app: string, wanted?: number): Promise<Place> => ({
    name,
    app,
    port: await claimPort([known[name], wanted]),
  });
  const collector = await place('outcome-collector', 'outcome-collector', 8081);
  const controller = await place('rollout-controller', 'rollout-controller', 8082);
  const comparator = await place('shadow-comparator', 'shadow-comparator', 8083);
  const allocator = await place('bandit-allocator', 'bandit-allocator', 8084);
  const router: Place[] = [];
  for (let number = 1; number <= routers; number += 1)
    router.push(
      await place(
        number === 1 ? 'request-router' : `request-router-${number}`,
        'request-router',
        number === 1 ? 8080 : undefined,
      ),
    );
  const places: [Place, Place, Place, Place, ...Place[]] = [collector, controller, comparator, allocator, ...router];
  state.set('ports', { ...known, ...Object.fromEntries(places.map(({ name, port }) => [name, port])) });
  return places;
}

/** Addresses of those whom the controller asks beside the collector. */
interface Others {
  readonly comparator?: string;
  readonly allocator?: string;
}

async function startService(
  context: ServiceContext,
  addresses: Addresses,
  place: Place,
  collectorUrl: string,
  others: Others,
): Promise<void> {
  const { host, supervisor } = context;
  await host.steps.step(place.name, async (say) => {
    await supervisor.start(serviceSpec(context, addresses, place, collectorUrl, others));
    say(`${place.name} on ${urlOf(place)}`);
  });
}

/**
 * As docker-compose.yml has them. A process of a router is for one core: threads for garbage would take it from its neighbours (0016), and
 * with twice the room for the young the loop stops for them half as often (0043).
 */
const nodeOptions: Readonly<Record<string, readonly string[]>> = {
  'request-router': ['--single-threaded-gc', '--max-semi-space-size=32'],
};

/** How a service is run; ready when its /readyz says so. */
export function serviceSpec(
  context: ServiceContext,
  addresses: Addresses,
  place: Place,
  collectorUrl: string,
  { comparator, allocator }: Others = {},
): ProcessSpec {
  const { host, state } = context;
  const dataFolder = join(state.data, place.name);
  mkdirSync(dataFolder, { recursive: true });
  return {
    name: place.name,
    layer: 'service',
    command: process.execPath,
    args: [...(nodeOptions[place.app] ?? []), entry(host.root, place.app, 'main.js')],
    env: {
      ...environment(context, addresses),
      PORT: String(place.port),
      WEIR_DATA_DIR: dataFolder,
      WEIR_ROUTER_ID: place.name,
      WEIR_COLLECTOR_URL: collectorUrl,
      ...(comparator === undefined ? {} : { WEIR_COMPARATOR_URL: comparator }),
      ...(allocator === undefined ? {} : { WEIR_ALLOCATOR_URL: allocator }),
      WEIR_BOOTSTRAP_ADMIN_KEY: state.adminKey(),
    },
    cwd: dataFolder,
    readyWithinMs,
    isReady: () => answersHttp(`${urlOf(place)}/readyz`),
  };
}

function environment({ env }: ServiceContext, { kafkaBrokers, databaseUrl, redisUrl }: Addresses): NodeJS.ProcessEnv {
  // the local profile asks for few keys: it listens to this machine only, unless told otherwise
  const { HOST = '127.0.0.1', WEIR_WORKERS = '1', ...others } = env;
  return {
    ...others,
    HOST,
    WEIR_WORKERS, // everything else runs on the same cores
    KAFKA_BROKERS: kafkaBrokers,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    WEIR_PROFILE: 'local',
  };
}

function entry(root: string, app: string, file: string): string {
  const path = join(root, 'apps', app, 'dist', file);
  if (!existsSync(path))
    throw new Complaint(`apps/${app}/dist/${file} is missing: the build did not make it (npm run build says why).`);
  return path;
}

export function urlOf({ port }: Place): string {
  return `http://127.0.0.1:${port}`;
}
