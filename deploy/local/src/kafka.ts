// One Kafka node of our own (KRaft: broker and controller in one process), from its jars on this machine's Java.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { clusterIdArgument, newClusterId } from './cluster-id';
import type { InfrastructureContext } from './infrastructure';
import { findJava, type Java } from './java';
import { kafkaJars, kafkaVersion } from './kafka-jars';
import { claimPort } from './ports';
import { answersKafka } from './probes';
import { lastLines } from './tail';

const readyWithinMs = 90_000;
const messageBytes = 4 * 1024 * 1024;

export async function startLocalKafka(context: InfrastructureContext, say: (detail: string) => void): Promise<string> {
  const { host, state, env, cache } = context;
  const java = await findJava(host, env);
  const jars = await kafkaJars(host, cache, env, say);
  say('Kafka: starting');
  const known = state.get('kafka');
  const port = await claimPort([known?.port, 9092]);
  const controllerPort = await claimPort([known?.controllerPort]);
  const clusterId = known?.clusterId ?? newClusterId();
  state.set('kafka', { kind: 'local', port, controllerPort, clusterId });
  const folder = join(state.data, 'kafka');
  mkdirSync(folder, { recursive: true });
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, serverProperties({ port, controllerPort, logs: join(folder, 'log') }));
  await format(context, java, jars, { folder, properties, clusterId });
  const broker = `127.0.0.1:${port}`;
  await context.supervisor.start({
    name: 'kafka',
    layer: 'infrastructure',
    command: java.command,
    args: [...jvmFlags(host.root), '-Xms256m', '-Xmx768m', '-cp', join(jars, '*'), 'kafka.Kafka', properties],
    cwd: folder,
    readyWithinMs,
    isReady: () => answersKafka(broker),
  });
  say(`Kafka ${kafkaVersion} on ${broker} (Java ${java.major})`);
  return broker;
}

interface NodePlan {
  folder: string;
  properties: string;
  clusterId: string;
}

async function format(
  { host, state }: InfrastructureContext,
  java: Java,
  jars: string,
  { folder, properties, clusterId }: NodePlan,
): Promise<void> {
  if (existsSync(join(folder, 'log/meta.properties'))) return;
  const args = [
    '-XX:TieredStopAtLevel=1',
    '-cp',
    join(jars, '*'),
    'kafka.tools.StorageTool',
    'format',
    '--ignore-formatted',
    clusterIdArgument(clusterId),
    '-c',
    properties,
  ];
  const log = state.logOf('kafka-format');
  await host.run(java.command, args, { log, cwd: folder }).catch((error: unknown) => {
    throw new Error(`Kafka's storage could not be formatted: ${lastLines(log, 3).join(' ')}`, { cause: error });
  });
}

function jvmFlags(root: string): string[] {
  const logging = pathToFileURL(join(root, 'deploy/local/kafka/log4j2.properties')).href;
  return ['-XX:+UseSerialGC', '-Djava.awt.headless=true', `-Dlog4j2.configurationFile=${logging}`];
}

export function serverProperties({
  port,
  controllerPort,
  logs,
}: {
  port: number;
  controllerPort: number;
  logs: string;
}): string {
  const settings = {
    'node.id': '1',
    'process.roles': 'broker,controller',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': logs,
    'auto.create.topics.enable': 'false',
    'message.max.bytes': String(messageBytes),
    'replica.fetch.max.bytes': String(messageBytes),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '2',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'log.segment.bytes': String(64 * 1024 * 1024),
    'controlled.shutdown.max.retries': '1',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}
