// Traffic while something is broken: the same scene for the short runs of every build and the long ones of npm run faults.
import { eventually } from '@weir/testing';
import { rewindCommits } from './rewind-commits';
import { type Staged } from './stage';
import { type System } from './system';
import { Traffic, type TrafficOptions } from './traffic';

export const seed = 20261123;

/** Predictions a second; fewer where the machine has much else to do. */
const ratePerSecond = Number(process.env['WEIR_FAULTS_RATE'] ?? 100);

/** Sends traffic while the scene plays; the traffic has ended, and its outcomes are taken, when this resolves. */
export async function underTraffic(
  system: System,
  staged: Pick<Staged, 'model'>,
  scene: (traffic: Traffic) => Promise<void>,
  options: Partial<TrafficOptions> = {},
): Promise<Traffic> {
  const { router, collector } = system.run();
  const traffic = new Traffic({
    routers: router,
    collector,
    model: staged.model,
    ratePerSecond,
    units: 2_000,
    seed,
    value: (random) => (random() < 0.9 ? 'spam' : 'ham'),
    ...options,
  });
  const running = traffic.run();
  try {
    await scene(traffic);
  } finally {
    await traffic.stop(); // also when the scene fails: a system under traffic does not come to its end
    await running;
  }
  return traffic;
}

export type Killed = 'outcome-collector' | 'rollout-controller' | 'shadow-comparator' | 'request-router';

export interface Kill {
  readonly name: Killed;
  readonly atMs: number;
  /** Records skipped as redelivered by the process that died, as it had counted them. */
  readonly redelivered: number;
}

/**
 * kill -9 again and again, each time once the service is back and has worked a while. After every second kill Kafka
 * forgets what the service had committed last, as when a commit is lost with the process: those records come again.
 */
export async function killRepeatedly(system: System, traffic: Traffic, name: Killed, times: number): Promise<Kill[]> {
  const kills: Kill[] = [];
  for (let round = 1; round <= times; round += 1) {
    await ready(system, name);
    const forgets = round % 2 === 0 && name !== 'request-router';
    await worked(system, traffic, name, forgets);
    const redelivered = await system.metric(urlOf(system, name), 'weir_bus_redelivered_total');
    kills.push({ name, atMs: performance.now(), redelivered });
    if (forgets) await system.without(name, () => rewindCommits(system, name, 100));
    else await system.kill(name);
  }
  await ready(system, name);
  return kills;
}

async function ready(system: System, name: Killed): Promise<void> {
  await eventually(async () => (await fetch(`${urlOf(system, name)}/readyz`)).ok, { timeoutMs: 60_000 });
}

/** Since it is back: callers had answers, and the service did its own part of the work, or all that waited for it. */
async function worked(system: System, traffic: Traffic, name: Killed, isCaughtUp: boolean): Promise<void> {
  const before = { answers: traffic.answers.length, outcomes: traffic.outcomesSent };
  const handled = () => system.metric(urlOf(system, name), 'weir_bus_handled_total');
  const patience = { timeoutMs: 60_000, everyMs: 100 };
  await eventually(() => traffic.answers.length > before.answers + 100, patience);
  if (name !== 'request-router') await eventually(async () => (await handled()) >= 20, patience);
  if (name !== 'outcome-collector') return;
  await eventually(() => traffic.outcomesSent > before.outcomes + 100, patience);
  if (isCaughtUp) await eventually(() => traffic.outcomesDue < 200, { ...patience, timeoutMs: 120_000 });
}

export function urlOf(system: System, name: Killed): string {
  const { collector, comparator, controller, router } = system.run();
  if (name === 'shadow-comparator') return comparator;
  if (name === 'outcome-collector') return collector;
  return name === 'rollout-controller' ? controller : (router[0] ?? '');
}

/** Redelivered records over all lives of a service: those counted before each kill and those counted since. */
export async function redeliveredInAll(system: System, kills: readonly Kill[]): Promise<number> {
  const name = kills[0]?.name;
  const since = name ? await system.metric(urlOf(system, name), 'weir_bus_redelivered_total') : 0;
  return kills.reduce((sum, { redelivered }) => sum + redelivered, since);
}
