// Kafka, PostgreSQL and Redis: each from the environment, else as a container, else as a process of this machine.
import { Complaint } from './complaint';
import {
  findDocker,
  hasImage,
  images,
  removeContainers,
  startKafkaContainer,
  startPostgresContainer,
  startRedisContainer,
  type DockerEngine,
} from './docker';
import type { Host } from './host';
import { startLocalKafka } from './kafka';
import { startLocalPostgres } from './postgres';
import { answersKafka, answersPostgres, answersRedis } from './probes';
import { startLocalRedis } from './redis';
import type { StateFolder } from './state-folder';
import type { Supervisor } from './supervisor';

export interface InfrastructureContext {
  readonly host: Host;
  readonly state: StateFolder;
  readonly supervisor: Supervisor;
  readonly env: NodeJS.ProcessEnv;
  /** Folder of downloads, shared by all clones of this user. */
  readonly cache: string;
  /** The data is thrown away with the run. */
  readonly isThrowaway: boolean;
}

export interface Addresses {
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

type Say = (detail: string) => void;

interface Component {
  readonly key: keyof typeof images;
  readonly title: string;
  readonly variable: 'KAFKA_BROKERS' | 'DATABASE_URL' | 'REDIS_URL';
  answers(address: string): Promise<boolean>;
  startContainer(context: InfrastructureContext, docker: DockerEngine, say: Say): Promise<string>;
  startLocal(context: InfrastructureContext, say: Say): Promise<string>;
}

const kafka: Component = {
  key: 'kafka',
  title: 'Kafka',
  variable: 'KAFKA_BROKERS',
  answers: async (brokers) => (await Promise.all(brokers.split(',').map(answersKafka))).some(Boolean),
  startContainer: startKafkaContainer,
  startLocal: startLocalKafka,
};
const postgres: Component = {
  key: 'postgres',
  title: 'PostgreSQL',
  variable: 'DATABASE_URL',
  answers: answersPostgres,
  startContainer: startPostgresContainer,
  startLocal: startLocalPostgres,
};
const redis: Component = {
  key: 'redis',
  title: 'Redis',
  variable: 'REDIS_URL',
  answers: answersRedis,
  startContainer: startRedisContainer,
  startLocal: startLocalRedis,
};

/** All three at once; a failure fails the whole, when all have come to rest. */
export async function bringInfrastructure(context: InfrastructureContext): Promise<Addresses> {
  const isWhole = [kafka, postgres, redis].every(({ variable }) => context.env[variable]);
  const docker = isWhole ? undefined : await findDocker(context.host, context.env);
  if (docker) await removeContainers(context.host, docker, context.state.path, false);
  const results = await Promise.allSettled(
    [kafka, postgres, redis].map((component) => bring(component, context, docker)),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) throw allThatIsMissing(failures);
  const [kafkaBrokers = '', databaseUrl = '', redisUrl = ''] = results.map(
    (result) => (result as PromiseFulfilledResult<string>).value,
  );
  return { kafkaBrokers, databaseUrl, redisUrl };
}

function bring(
  component: Component,
  context: InfrastructureContext,
  docker: DockerEngine | undefined,
): Promise<string> {
  return context.host.steps.step(component.title, async (say) => {
    const given = context.env[component.variable];
    if (given) return useGiven(component, given, say);
    if (docker && (await isForDocker(component, context, docker, say)))
      return component.startContainer(context, docker, say);
    return component.startLocal(context, say);
  });
}

async function useGiven(component: Component, address: string, say: Say): Promise<string> {
  const answered = await component.answers(address).catch(() => false);
  if (!answered)
    throw new Complaint(
      `${component.variable} names ${withoutSecret(address)}, where no ${component.title} answers: start it there, or unset the variable.`,
    );
  say(`${component.title} on ${withoutSecret(address)} (${component.variable})`);
  return address;
}

/** Data stays where it was made: a state folder that began without Docker goes on without. */
async function isForDocker(
  { key, title }: Component,
  { host, state }: InfrastructureContext,
  docker: DockerEngine,
  say: Say,
): Promise<boolean> {
  if (state.get(key)?.kind === 'local') return false;
  if (await hasImage(host, docker, images[key], say)) return true;
  host.steps.say(`  · ${title}: Docker has no image ${images[key]} and cannot fetch it; it runs as a process instead`);
  return false;
}

/** A person should not learn of what is missing one by one. */
function allThatIsMissing(failures: readonly unknown[]): unknown {
  const other = failures.find((failure) => !(failure instanceof Complaint));
  if (other !== undefined || failures.length === 1) return other ?? failures[0];
  return new Complaint(failures.map((failure) => (failure as Complaint).message).join('\n✗ '));
}

/** An address fit for the screen. */
export function withoutSecret(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//');
}
