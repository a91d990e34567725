// One visit of the open loop: warmed at the same rate, measured, settled.
import { join } from 'node:path';
import { readCpu, residentBytes, spentBetween } from '../measure/cpu-meter';
import { settle } from '../measure/settle';
import { type Visit } from '../measure/visits';
import { type OpenLoopResult } from '../load/open-loop';
import { pinned } from '../targets/cores';
import { type Stand } from '../targets/stand';
import { programOf } from '../targets/start-peers';
import { type Target } from '../targets/target';

const generator = join(__dirname, '../load/open-loop.js');
const warmSeconds = 2;

export interface OpenLoop {
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly connections: number;
}

/** @throws Error when an answer was refused or did not come. */
export async function visitOpen(stand: Stand, target: Target, round: number, loop: OpenLoop): Promise<Visit> {
  await runLoop(stand, target, { ...loop, seconds: warmSeconds });
  const before = readCpu(stand.pids());
  const result = await runLoop(stand, target, loop);
  const spent = spentBetween(before, readCpu(stand.pids()));
  const { pid } = target;
  const memoryMb = pid === undefined ? 0 : residentBytes(pid) / 1e6;
  await settle(pid);
  const { p50Ms, p99Ms, maxMs } = result;
  return {
    target: target.name,
    round,
    figures: {
      p50Ms,
      p99Ms,
      maxMs,
      ...(pid !== undefined && { cpuMicros: (spent.of(pid) * 1e6) / result.answered, memoryMb }),
    },
    foreignCores: spent.foreignCores,
    stealCores: spent.stealCores,
  };
}

async function runLoop(stand: Stand, target: Target, loop: OpenLoop): Promise<OpenLoopResult> {
  const numbers = [loop.ratePerSecond, loop.seconds, loop.connections].map(String);
  const taskset = programOf(stand, 'taskset');
  const all = pinned(taskset, stand.cores.others, process.execPath, [generator, target.url, ...numbers]);
  const output = await stand.context.host.run(all.command, all.args, { allowFailure: true });
  const result = JSON.parse(output) as OpenLoopResult;
  if (result.answered < result.sent)
    throw new Error(
      `${target.name}: of ${result.sent} requests ${result.refused} were refused, ${result.broken} broke`,
    );
  return result;
}
