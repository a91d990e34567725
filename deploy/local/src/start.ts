// npm start: infrastructure, services and the example, until it is told to stop.
import { driveExample, startModelServers, type Example } from './example';
import type { Host } from './host';
import { bringInfrastructure, withoutSecret, type Addresses, type InfrastructureContext } from './infrastructure';
import type { StartOptions } from './options';
import { writeRunFile } from './run-file';
import { migrate, startServices, type Services } from './services';
import { StateFolder } from './state-folder';
import type { RunningProcess } from './supervisor';
import { untilStopped, withSystem } from './system';

export async function start(host: Host, options: StartOptions): Promise<number> {
  const { path } = StateFolder.at(host.root, process.env['WEIR_STATE_DIR']);
  let announce: () => void = () => undefined;
  const onChange = () => announce();
  return withSystem(host, { path, reset: options.reset, isThrowaway: false, onChange }, async (context) => {
    const addresses = await bringInfrastructure(context);
    await migrate(context, addresses);
    const services = await startServices(context, addresses, options.routers);
    const example = options.bare ? undefined : await startModelServers(context, options);
    announce = () => writeRunFile(context.state.runFile, runFile(context, addresses, services));
    announce();
    greet(context, addresses, services, example);
    return options.once || example
      ? driveExample(context, { options, addresses, services, example })
      : waitForStop(host);
  });
}

async function waitForStop(host: Host): Promise<number> {
  await untilStopped(host);
  return 0;
}

function runFile({ state, supervisor }: InfrastructureContext, addresses: Addresses, services: Services) {
  const processes: RunningProcess[] = supervisor.running();
  return { ...services, console: services.controller, ...addresses, adminKey: state.adminKey(), processes };
}

/** The addresses, the key, and three commands that work as they stand. */
function greet(
  { host, state }: InfrastructureContext,
  addresses: Addresses,
  services: Services,
  example: Example | undefined,
): void {
  const model = example?.model ?? 'my-model';
  const key = state.adminKey();
  const lines = [
    '',
    `  Router       ${services.router.join('  ')}   (Open Inference Protocol v2)`,
    `  Collector    ${services.collector}`,
    `  Controller   ${services.controller}   (API: ${services.controller}/api/docs)`,
    `  Comparator   ${services.comparator}`,
    `  Allocator    ${services.allocator}`,
    `  Kafka        ${addresses.kafkaBrokers}`,
    `  PostgreSQL   ${withoutSecret(addresses.databaseUrl)}`,
    `  Redis        ${withoutSecret(addresses.redisUrl)}`,
    `  Admin key    ${key}`,
    `  State, logs  ${state.path}`,
    '',
    '  Try:',
    ...(example ? [`    ${predictCommand(services, example)}`] : [`    curl -s ${services.router[0]}/v2`]),
    `    curl -s -H 'authorization: Bearer ${key}' ${services.controller}/api/v1/models`,
    example
      ? `    curl -s -H 'authorization: Bearer ${key}' '${services.controller}/api/v1/rollouts?model=${model}'`
      : `    curl -s ${services.collector}/readyz`,
    '',
    '  Ctrl-C stops it all.',
    '',
  ];
  for (const line of lines) host.steps.say(line);
}

function predictCommand({ router }: Services, { model, predictBody }: Example): string {
  return `curl -s -i -H 'content-type: application/json' -H 'x-weir-unit: me' -d '${predictBody}' ${router[0]}/v2/models/${model}/infer`;
}
