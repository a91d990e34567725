// Who runs where: the server under test alone on one core, all that loads it on the others.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Complaint } from '@weir/local';
import { parseCores } from '../measure/proc-stat';

export interface Cores {
  readonly server: string;
  readonly others: string;
}

/** @throws Complaint where there are not two cores to tell apart. */
export function allotCores(): Cores {
  const allowed = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const [server, ...others] = parseCores(allowed);
  if (server === undefined || others.length === 0)
    throw new Complaint('The benchmarks need two cores: one for the server under test, one for its load.');
  return { server: String(server), others: others.join(',') };
}

/** Of this process and, as they inherit it, of all that it starts from now on. */
export function pinSelf(taskset: string, cores: string): void {
  execFileSync(taskset, ['-a', '-c', '-p', cores, String(process.pid)], { stdio: 'ignore' });
}

/** A command line that runs on these cores only; taskset becomes the program, so the pid stays. */
export function pinned(taskset: string, cores: string, command: string, args: readonly string[]) {
  return { command: taskset, args: ['-c', cores, command, ...args] };
}
