// How much processor time ours, and everybody else's, took between two moments.
import { readdirSync, readFileSync } from 'node:fs';
import { parseMachine, parseProcess, ticksPerSecond, type MachineTicks, type ProcessTicks } from './proc-stat';

export interface CpuMoment {
  readonly atMs: number;
  readonly machine: MachineTicks;
  /** Ticks of each process that is ours and of all that descend from it, those that ended included. */
  readonly ours: ReadonlyMap<number, number>;
}

export interface CpuSpent {
  readonly seconds: number;
  /** Processor seconds of one of ours, with its descendants. */
  of(pid: number): number;
  /** Cores kept busy by processes that are none of ours. */
  readonly foreignCores: number;
  readonly stealCores: number;
}

/** `pids`: the processes that are ours; so is this one, with what it started beside them. */
export function readCpu(pids: readonly number[]): CpuMoment {
  const all = processes();
  const roots = [...pids, process.pid];
  const ours = new Map(roots.map((pid) => [pid, 0]));
  const rootOf = rootsOf(all, new Set(roots));
  for (const { pid, own, reaped } of all) {
    const root = rootOf.get(pid);
    if (root !== undefined) ours.set(root, (ours.get(root) ?? 0) + own + reaped);
  }
  return { atMs: performance.now(), machine: parseMachine(readFileSync('/proc/stat', 'utf8')), ours };
}

export function spentBetween(start: CpuMoment, end: CpuMoment): CpuSpent {
  const seconds = (end.atMs - start.atMs) / 1_000;
  const of = (pid: number): number => ((end.ours.get(pid) ?? 0) - (start.ours.get(pid) ?? 0)) / ticksPerSecond;
  const ours = [...end.ours.keys()].reduce((sum, pid) => sum + of(pid), 0);
  const work = (end.machine.work - start.machine.work) / ticksPerSecond;
  return {
    seconds,
    of,
    foreignCores: Math.max(0, work - ours) / seconds,
    stealCores: (end.machine.steal - start.machine.steal) / ticksPerSecond / seconds,
  };
}

/** Resident memory of a process and its descendants, bytes; pages that they share count for each. */
export function residentBytes(pid: number): number {
  const all = processes();
  const rootOf = rootsOf(all, new Set([pid]));
  return all.filter((each) => rootOf.has(each.pid)).reduce((sum, each) => sum + each.residentPages * 4_096, 0);
}

/** For each process the nearest of `roots` that it is or descends from. By parents: servers put their children into groups of their own. */
export function rootsOf(
  all: readonly Pick<ProcessTicks, 'pid' | 'parent'>[],
  roots: ReadonlySet<number>,
): Map<number, number> {
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const found = new Map<number, number>();
  for (const { pid } of all) {
    let at: number | undefined = pid;
    while (at !== undefined && !roots.has(at)) at = parents.get(at);
    if (at !== undefined) found.set(pid, at);
  }
  return found;
}

function processes(): ProcessTicks[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [parseProcess(readFileSync(`/proc/${name}/stat`, 'utf8'))];
    } catch {
      return []; // it ended in between
    }
  });
}
