// Traffic while something is broken: the same scene for the short runs of every build and the long ones of npm run faults.
import { type Staged } from './stage';
import { eventually, type System } from './system';
import { Traffic, type TrafficOptions } from './traffic';

export const seed = 20261123;

/** Sends traffic while the scene plays; the traffic has ended, and its outcomes are taken, when this resolves. */
export async function underTraffic(
  system: System,
  staged: Staged,
  scene: (traffic: Traffic) => Promise<void>,
  options: Partial<TrafficOptions> = {},
): Promise<Traffic> {
  const { router, collector } = system.run();
  const traffic = new Traffic({
    routers: router,
    collector,
    model: staged.model,
    ratePerSecond: 100,
    units: 2_000,
    seed,
    value: (random) => (random() < 0.9 ? 'spam' : 'ham'),
    ...options,
  });
  const running = traffic.run();
  await scene(traffic);
  await traffic.stop();
  await running;
  return traffic;
}

export interface Kill {
  readonly name: string;
  readonly atMs: number;
  /** Records skipped as redelivered by the process that died, as it had counted them. */
  readonly redelivered: number;
}

/** kill -9 again and again, each time once the service is back and has worked a while. */
export async function killRepeatedly(
  system: System,
  traffic: Traffic,
  name: 'outcome-collector' | 'rollout-controller' | 'request-router',
  times: number,
): Promise<Kill[]> {
  const kills: Kill[] = [];
  for (let round = 0; round < times; round += 1) {
    const url = urlOf(system, name);
    await eventually(async () => (await fetch(`${url}/readyz`)).ok, { withinMs: 60_000 });
    const answeredBefore = traffic.answers.length;
    await eventually(() => traffic.answers.length > answeredBefore + 150);
    const redelivered = await system.metric(url, 'weir_bus_redelivered_total');
    kills.push({ name, atMs: performance.now(), redelivered });
    await system.kill(name);
  }
  await eventually(async () => (await fetch(`${urlOf(system, name)}/readyz`)).ok, { withinMs: 60_000 });
  return kills;
}

export function urlOf(system: System, name: 'outcome-collector' | 'rollout-controller' | 'request-router'): string {
  const { collector, controller, router } = system.run();
  if (name === 'outcome-collector') return collector;
  return name === 'rollout-controller' ? controller : (router[0] ?? '');
}

/** Redelivered records over all lives of a service: those counted before each kill and those counted since. */
export async function redeliveredInAll(system: System, kills: readonly Kill[]): Promise<number> {
  const name = kills[0]?.name as 'outcome-collector' | 'rollout-controller' | undefined;
  const since = name ? await system.metric(urlOf(system, name), 'weir_bus_redelivered_total') : 0;
  return kills.reduce((sum, { redelivered }) => sum + redelivered, since);
}
