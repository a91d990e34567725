// The stand on which targets are measured: infrastructure of its own, the load's core, and everything that must end with it.
import {
  bringInfrastructure,
  withSystem,
  withThrowawayFolder,
  type Addresses,
  type Host,
  type InfrastructureContext,
} from '@weir/local';
import { type BusOptions } from '@weir/bus';
import { type BenchOptions } from '../options';
import { findPrograms } from '../needed-programs';
import { allotCores, pinSelf } from './cores';
import { type Place } from './start-peers';

export interface Stand extends Place {
  readonly addresses: Addresses;
  readonly bus: BusOptions;
  /** The processes that were started, each with its descendants. */
  pids(): number[];
}

/** `whole`: the machine as it is; `split`: one core for the servers under test, the others for the rest. */
export async function onStand<T>(
  host: Host,
  options: BenchOptions,
  cores: 'whole' | 'split',
  work: (stand: Stand) => Promise<T>,
): Promise<T> {
  const programs = await findPrograms(host, options.install);
  const allotted = allotCores();
  if (cores === 'split') pinSelf(programs['taskset'] ?? 'taskset', allotted.others);
  return withThrowawayFolder(host, false, (path) =>
    withSystem(host, { path, reset: false, isThrowaway: true }, async (system) => {
      const context: InfrastructureContext = { ...system, env: ownEnvironment(system.env) };
      const addresses = await bringInfrastructure(context);
      const bus = { brokers: [addresses.kafkaBrokers], clientId: 'bench', topicPrefix: '' };
      const pids = (): number[] => context.supervisor.running().map(({ pid }) => pid);
      return work({ context, programs, cores: allotted, addresses, bus, pids });
    }),
  );
}

/** Servers that others use cannot be pinned, and settings of the shell are not what is measured. */
function ownEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(
    ([name]) => !/^(WEIR_.*|KAFKA_BROKERS|DATABASE_URL|REDIS_URL|NODE_OPTIONS|HOST|PORT)$/.test(name),
  );
  return { ...Object.fromEntries(others), WEIR_INFRASTRUCTURE: 'local', LOG_LEVEL: 'warn' };
}
