// Cores for one process and for all others, where there are several: what is measured does not compete with who measures it.
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const hasCoresToSpare = process.platform === 'linux' && availableParallelism() > 1;

/** All threads of a running process, and what it starts from now on; does nothing where there is one core. */
export function pin(pid: number, cores: 'first' | 'others' | 'all'): void {
  if (!hasCoresToSpare) return;
  const last = availableParallelism() - 1;
  const list = { first: '0', others: `1-${last}`, all: `0-${last}` }[cores];
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', list, String(pid)], { stdio: 'ignore' });
}
