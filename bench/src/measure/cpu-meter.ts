// How much processor time ours, and everybody else's, took between two moments.
import { readdirSync, readFileSync } from 'node:fs';
import { parseMachine, parseProcess, ticksPerSecond, type MachineTicks, type ProcessTicks } from './proc-stat';

export interface CpuMoment {
  readonly atMs: number;
  readonly machine: MachineTicks;
  /** By process group, the children that ended included. */
  readonly groups: ReadonlyMap<number, number>;
}

export interface CpuSpent {
  readonly seconds: number;
  /** Processor seconds of one group. */
  of(group: number): number;
  /** Cores kept busy by processes that are none of ours. */
  readonly foreignCores: number;
  readonly stealCores: number;
}

/** `groups`: the process groups that are ours; this process is, with the children it has waited for. */
export function readCpu(groups: Iterable<number>): CpuMoment {
  const spent = new Map([...groups].map((group) => [group, 0]));
  spent.set(-process.pid, 0);
  for (const each of processes()) {
    const key = each.pid === process.pid ? -process.pid : each.group;
    const before = spent.get(key);
    if (before !== undefined) spent.set(key, before + each.own + each.reaped);
  }
  return { atMs: performance.now(), machine: parseMachine(readFileSync('/proc/stat', 'utf8')), groups: spent };
}

export function spentBetween(start: CpuMoment, end: CpuMoment): CpuSpent {
  const seconds = (end.atMs - start.atMs) / 1_000;
  const of = (group: number): number =>
    ((end.groups.get(group) ?? 0) - (start.groups.get(group) ?? 0)) / ticksPerSecond;
  const ours = [...end.groups.keys()].reduce((sum, group) => sum + of(group), 0);
  const work = (end.machine.work - start.machine.work) / ticksPerSecond;
  return {
    seconds,
    of,
    foreignCores: Math.max(0, work - ours) / seconds,
    stealCores: (end.machine.steal - start.machine.steal) / ticksPerSecond / seconds,
  };
}

/** Resident memory of a group, bytes; pages that processes share count for each. */
export function residentBytes(group: number): number {
  return processes()
    .filter((each) => each.group === group)
    .reduce((sum, each) => sum + each.residentPages * 4_096, 0);
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
