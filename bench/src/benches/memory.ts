// npm run bench -- memory: the router at 60 % of what it can do, for ten minutes; what it holds, and whether that grows.
import { setTimeout as pause } from 'node:timers/promises';
import { residentBytes } from '../measure/cpu-meter';
import { type Measured } from '../measure/measured';
import { median } from '../measure/numbers';
import { toRow } from '../measure/rows';
import { isQuiet, type Visit } from '../measure/visits';
import { type BenchOptions } from '../options';
import { type Stand } from '../targets/stand';
import { startStub } from '../targets/start-peers';
import { startController, startRouter } from '../targets/start-weir';
import { warmUp } from './closed-loop';
import { visitOpen } from './open-loop';

const share = 0.6;
const connections = 64;
const lookMs = 2_000;

export async function benchMemory(stand: Stand, { seconds }: BenchOptions): Promise<Measured> {
  const { host } = stand.context;
  await startController(stand, stand.addresses, await startStub(stand));
  const router = await startRouter(stand, stand.addresses, { name: 'router-kafka' });
  const capacity = await host.steps.step('Warmed', () => warmUp(stand, router));
  const ratePerSecond = Math.floor(capacity * share);
  const title = `${ratePerSecond}/s for ${seconds} s: 60 % of ${Math.round(capacity)}/s`;
  const held: number[] = [];
  const over = new AbortController();
  const watching = watch(router.pid ?? 0, held, over.signal);
  const loop = { ratePerSecond, seconds, connections };
  const visit = await host.steps
    .step(title, () => visitOpen(stand, router, 1, loop))
    .finally(() => (over.abort(), watching));
  const whole: Visit = { ...visit, figures: { ...visit.figures, ratePerSecond, ...grown(held) } };
  const pair = { round: 1, value: whole.figures['mostMb'] ?? NaN, quiet: isQuiet(whole) };
  return { rows: [toRow('memory', [pair], 'all')], visits: [whole] };
}

/** The last quarter beside the second: the first still fills what will stay. */
export function grown(heldMb: readonly number[]): { mostMb: number; laterOverEarlier: number } {
  const quarter = Math.floor(heldMb.length / 4);
  const earlier = median(heldMb.slice(quarter, 2 * quarter));
  return { mostMb: Math.max(...heldMb), laterOverEarlier: median(heldMb.slice(-quarter)) / earlier };
}

async function watch(pid: number, held: number[], over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    held.push(residentBytes(pid) / 1e6);
    await pause(lookMs, undefined, { signal: over }).catch(() => undefined);
  }
}
