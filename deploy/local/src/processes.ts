// Processes by their number and something that a reused number does not share.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const pollMs = 50;

/** A process that is written down, to be recognised later. */
export interface Identified {
  readonly pid: number;
  readonly identity: string;
}

export function self(): Identified {
  return { pid: process.pid, identity: identify(process.pid) ?? '' };
}

/** Whether the process that was written down still runs; a reused number is somebody else. */
export function isSame({ pid, identity }: Identified): boolean {
  return Boolean(identity) && identify(pid) === identity;
}

/** When it was started, by whom it is no other: undefined when no such process runs (a zombie does not run). */
export function identify(pid: number): string | undefined {
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

function identifyByProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootId()} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function identifyByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

/** The command line, with blanks between its words. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // nobody is left in the group
  }
}

export function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // a leader that nobody has reaped yet keeps its group in being, with or without others in it
  return identify(pid) !== undefined || process.platform !== 'linux' || hasLivingMember(pid);
}

function hasLivingMember(group: number): boolean {
  return readdirSync('/proc').some((name) => {
    const pid = /^\d+$/.test(name) ? Number(name) : undefined;
    return pid !== undefined && groupOf(pid) === group && identify(pid) !== undefined;
  });
}

function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return undefined;
  }
}

/** Asks the group to end, waits, then makes it end. */
export async function endGroup(pid: number, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  signalGroup(pid, signal);
  if (await isGoneWithin(pid, graceMs)) return;
  signalGroup(pid, 'SIGKILL');
  await isGoneWithin(pid, graceMs);
}

async function isGoneWithin(pid: number, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (isGroupAlive(pid)) {
    if (Date.now() > deadline) return false;
    await wait(pollMs);
  }
  return true;
}
