// What the example shows: a bandit that leaves the poor recommenders, then one that tells phones and desktops apart.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Controller, type RolloutView } from './controller';
import { accountLines, accountOf, deviceLines, type Account } from './regret';
import { type Traffic } from './traffic';

export type Say = (line: string) => void;

export interface Part {
  readonly manifest: 'bandit' | 'by-device';
  /** Over the whole part, and over its last stretch: what the bandit had come to. */
  readonly whole: Account;
  readonly late: Account;
  readonly weights: Readonly<Record<string, number>>;
}

export interface Patience {
  /** How long one part goes on, and which stretch of it is its end. */
  readonly partMs: number;
  readonly lateMs: number;
}

export async function tellPart(
  manifest: Part['manifest'],
  { controller, traffic }: { controller: Controller; traffic: Traffic },
  { partMs, lateMs }: Patience,
  say: Say,
): Promise<Part> {
  await controller.endRollouts('the next part of the example begins');
  const id = await controller.submit(manifest);
  say(`rollout ${id}: ${manifest === 'bandit' ? 'the traffic follows the clicks' : 'the same, by device'}`);
  traffic.chances.length = 0; // a part is accounted for by itself
  let lateFrom = 0;
  let view: RolloutView = await controller.rollout(id);
  for (let passedMs = 0; passedMs < partMs; passedMs += 5_000) {
    await sleep(5_000);
    if (passedMs + 5_000 <= partMs - lateMs) lateFrom = traffic.chances.length;
    view = await controller.rollout(id);
    say(`  ${sharesIn(view)}; ${traffic.clicks} clicks reported`);
  }
  const [whole, late] = [accountOf(traffic.chances), accountOf(traffic.chances.slice(lateFrom))];
  for (const line of accountLines(whole)) say(`  ${line}`);
  if (manifest === 'by-device') for (const line of deviceLines(late)) say(`  at the end, ${line}`);
  return { manifest, whole, late, weights: view.weights.desired };
}

function sharesIn({ state, weights }: RolloutView): string {
  const shares = Object.entries(weights.desired).map(([arm, bps]) => `${arm} ${(bps / 100).toFixed(0)} %`);
  return `${state}: ${shares.join(', ')}`;
}

/** What must have come of it; texts say what did not. */
export function problemsOf(parts: readonly Part[]): string[] {
  return parts.flatMap(({ manifest, whole, late }) => {
    const poor = (['v1', 'v2', 'v3'] as const).filter((version) => version !== whole.best);
    const left = poor.filter((version) => manifest === 'bandit' && late.shares[version] > 0.15);
    const beaten = manifest === 'by-device' && late.earned <= late.alone[late.best];
    return [
      ...left.map(
        (version) =>
          `${version} still has ${(100 * late.shares[version]).toFixed(0)} % at the end, though ${whole.best} is better`,
      ),
      ...(whole.regret < whole.splitRegret ? [] : [`${manifest}: it lost as much as an even split would have`]),
      ...(beaten ? ['by-device: at the end it earned no more than the best single recommender'] : []),
    ];
  });
}
