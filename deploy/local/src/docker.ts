// Kafka, PostgreSQL and Redis as containers, where a Docker engine answers and has the image or can fetch it.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { onPath } from './find-program';
import type { Host } from './host';
import type { InfrastructureContext } from './infrastructure';
import { answersKafka, answersPostgres, answersRedis } from './probes';
import { claimPort } from './ports';
import type { ProcessSpec } from './supervisor';

const engineMs = 5_000;
const pullMs = 120_000;
const readyWithinMs = 90_000;

export interface DockerEngine {
  readonly command: string;
}

/** The engine, if one answers. */
export async function findDocker(host: Host, env: NodeJS.ProcessEnv): Promise<DockerEngine | undefined> {
  if (env['WEIR_INFRASTRUCTURE'] === 'local') return undefined;
  const command = onPath('docker', env['PATH']);
  if (!command) return undefined;
  try {
    await host.run(command, ['version', '--format', '{{.Server.Version}}'], { timeoutMs: engineMs });
    return { command };
  } catch {
    host.stopping.throwIfAborted();
    return undefined;
  }
}

/** True when the image is there, or could be fetched within two minutes. */
export async function hasImage(
  host: Host,
  docker: DockerEngine,
  image: string,
  say: (detail: string) => void,
): Promise<boolean> {
  try {
    await host.run(docker.command, ['image', 'inspect', image], { timeoutMs: engineMs });
    return true;
  } catch {
    host.stopping.throwIfAborted();
  }
  say(`${image}: fetching the image`);
  try {
    await host.run(docker.command, ['pull', '--quiet', image], { timeoutMs: pullMs });
    return true;
  } catch {
    host.stopping.throwIfAborted();
    return false;
  }
}

/** The same as in docker-compose.yml. */
export const images = {
  kafka: 'apache/kafka:4.1.0',
  postgres: 'postgres:17-bookworm',
  redis: 'redis:7.4-bookworm',
} as const;

export async function startKafkaContainer(
  context: InfrastructureContext,
  docker: DockerEngine,
  say: (detail: string) => void,
): Promise<string> {
  const port = await claimPort([context.state.get('kafka')?.port, 9092]);
  context.state.set('kafka', { kind: 'docker', port });
  const broker = `127.0.0.1:${port}`;
  const settings = {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${broker}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_MESSAGE_MAX_BYTES: '4194304',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_HEAP_OPTS: '-Xms256m -Xmx768m',
    KAFKA_LOG_DIRS: '/var/lib/kafka/data',
    CLUSTER_ID: context.state.get('kafka')?.clusterId ?? 'V2VpckxvY2FsQ2x1c3Rlcg',
  };
  const plan: ContainerPlan = { name: 'kafka', port: [port, 9092], settings, volume: '/var/lib/kafka/data' };
  await context.supervisor.start(container(context, docker, plan, () => answersKafka(broker)));
  say(`Kafka on ${broker} (Docker, ${images.kafka})`);
  return broker;
}

export async function startPostgresContainer(
  context: InfrastructureContext,
  docker: DockerEngine,
  say: (detail: string) => void,
): Promise<string> {
  const known = context.state.get('postgres');
  const port = await claimPort([known?.port, 5432]);
  const password = known?.password ?? randomBytes(18).toString('hex');
  context.state.set('postgres', { kind: 'docker', port, password });
  const url = `postgres://weir:${password}@127.0.0.1:${port}/weir`;
  const settings = { POSTGRES_USER: 'weir', POSTGRES_PASSWORD: password, POSTGRES_DB: 'weir' };
  const plan: ContainerPlan = {
    name: 'postgres',
    port: [port, 5432],
    settings,
    volume: '/var/lib/postgresql/data',
    stopSignal: 'SIGINT',
  };
  await context.supervisor.start(container(context, docker, plan, () => answersPostgres(url)));
  say(`PostgreSQL on 127.0.0.1:${port} (Docker, ${images.postgres})`);
  return url;
}

export async function startRedisContainer(
  context: InfrastructureContext,
  docker: DockerEngine,
  say: (detail: string) => void,
): Promise<string> {
  const port = await claimPort([context.state.get('redis')?.port, 6379]);
  context.state.set('redis', { kind: 'docker', port, password: '' });
  const url = `redis://127.0.0.1:${port}`;
  const plan: ContainerPlan = { name: 'redis', port: [port, 6379], settings: {} };
  await context.supervisor.start(container(context, docker, plan, () => answersRedis(url)));
  say(`Redis on 127.0.0.1:${port} (Docker, ${images.redis})`);
  return url;
}

interface ContainerPlan {
  name: keyof typeof images;
  port: readonly [outside: number, inside: number];
  settings: Record<string, string>;
  volume?: string;
  stopSignal?: NodeJS.Signals;
}

/** The client in the foreground stands for its container; the container goes with the runner in any case. */
function container(
  context: InfrastructureContext,
  docker: DockerEngine,
  plan: ContainerPlan,
  isReady: () => Promise<boolean>,
): ProcessSpec {
  const name = `${prefixOf(context.state.path)}-${plan.name}`;
  const { settings } = plan;
  return {
    name: plan.name,
    layer: 'infrastructure',
    command: docker.command,
    args: [
      ...['run', '--rm', '--name', name, '--label', `weir.state=${context.state.path}`],
      ...['-p', `127.0.0.1:${plan.port[0]}:${plan.port[1]}`],
      // values go by the environment of the client: a command line is for all to see
      ...Object.keys(settings).flatMap((key) => ['-e', key]),
      ...(plan.volume && !context.isThrowaway ? ['-v', `${name}:${plan.volume}`] : []),
      images[plan.name],
    ],
    env: { ...context.env, ...settings },
    container: name,
    stopSignal: plan.stopSignal,
    cleanUp: () => removeContainer(docker, name),
    readyWithinMs,
    isReady,
  };
}

export function prefixOf(stateFolder: string): string {
  return `weir-${createHash('sha256').update(stateFolder).digest('hex').slice(0, 12)}`;
}

/** Containers that a killed runner left, and with `volumes` the data that they kept. */
export async function removeContainers(
  host: Host,
  docker: DockerEngine,
  stateFolder: string,
  volumes: boolean,
): Promise<void> {
  const names = Object.keys(images).map((name) => `${prefixOf(stateFolder)}-${name}`);
  await host.run(docker.command, ['rm', '-f', '-v', ...names], { allowFailure: true });
  if (volumes) await host.run(docker.command, ['volume', 'rm', '-f', ...names], { allowFailure: true });
}

/** Not by the runner's own way of running commands: it must go while the runner is stopping. */
function removeContainer({ command }: DockerEngine, name: string): Promise<void> {
  return new Promise((resolve) => execFile(command, ['rm', '-f', '-v', name], () => resolve()));
}
