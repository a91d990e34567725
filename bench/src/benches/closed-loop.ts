// One visit of the closed loop: warmed, measured, settled.
import { join } from 'node:path';
import { readCpu, residentBytes, spentBetween } from '../measure/cpu-meter';
import { parseWrk, wrkArguments, type WrkResult } from '../measure/run-wrk';
import { settle } from '../measure/settle';
import { type Visit } from '../measure/visits';
import { pinned } from '../targets/cores';
import { type Stand } from '../targets/stand';
import { programOf } from '../targets/start-peers';
import { type Target } from '../targets/target';

const warmSeconds = 2;
/** So many requests, and V8 has compiled what will ever be compiled; a busy machine is not waited for any longer than the limit. */
const warmRequests = 40_000;
const warmLimitMs = 60_000;
const script = join(__dirname, '../../load/infer.lua');

/** Requests of the warm-up included. */
export interface ClosedVisit extends Visit {
  readonly requests: number;
}

/** @throws Error when an answer was refused or broken: then nothing was measured. */
export async function visitClosed(stand: Stand, target: Target, round: number, seconds: number): Promise<ClosedVisit> {
  const warm = await runWrk(stand, target, warmSeconds);
  const before = readCpu(stand.pids());
  const result = await runWrk(stand, target, seconds);
  const spent = spentBetween(before, readCpu(stand.pids()));
  const { pid } = target;
  const memory = pid === undefined ? 0 : residentBytes(pid);
  await settle(pid);
  target.afterVisit?.();
  return {
    target: target.name,
    round,
    requests: warm.requests + result.requests,
    figures: {
      requestsPerSecond: result.requests / (result.micros / 1e6),
      closedP50Ms: result.p50 / 1_000,
      closedP99Ms: result.p99 / 1_000,
      ...(pid !== undefined && { cpuMicros: (spent.of(pid) * 1e6) / result.requests, memoryMb: memory / 1e6 }),
    },
    foreignCores: spent.foreignCores,
    stealCores: spent.stealCores,
  };
}

/** Before the first visit. Gives the requests a second of its last part. */
export async function warmUp(stand: Stand, target: Target): Promise<number> {
  const deadline = performance.now() + warmLimitMs;
  for (let requests = 0; ;) {
    const result = await runWrk(stand, target, warmSeconds);
    requests += result.requests;
    if (requests < warmRequests && performance.now() < deadline) continue;
    await settle(target.pid);
    target.afterVisit?.();
    return result.requests / (result.micros / 1e6);
  }
}

async function runWrk(stand: Stand, target: Target, seconds: number): Promise<WrkResult> {
  const args = wrkArguments(script, target.url, seconds);
  const { command, args: all } = pinned(programOf(stand, 'taskset'), stand.cores.others, programOf(stand, 'wrk'), args);
  const result = parseWrk(await stand.context.host.run(command, all));
  if (result.refused + result.broken > 0)
    throw new Error(`${target.name}: ${result.refused} answers refused, ${result.broken} broken`);
  return result;
}
