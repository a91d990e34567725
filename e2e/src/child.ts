// Runs a program of these specs in a process of its own, from its source: what it costs is not measured with what it measures.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const loader = join(__dirname, '..', '..', 'libs', 'bus', 'src', 'load-typescript.fixture.cjs');

/** Resolves when the child has said its first word. */
export async function startChild<T>(program: string, options: unknown): Promise<{ child: ChildProcess; first: T }> {
  const child = fork(join(__dirname, program), [JSON.stringify(options)], {
    execArgv: ['-r', loader],
    serialization: 'advanced',
  });
  return { child, first: await nextWord<T>(child) };
}

/** What it says next; rejects when it ends instead. */
export async function nextWord<T>(child: ChildProcess): Promise<T> {
  const gone = new AbortController();
  const word = once(child, 'message', { signal: gone.signal }).then(([said]) => said as T);
  const end = once(child, 'exit', { signal: gone.signal }).then(([code]) => {
    throw new Error(`a child process ended with ${code}`);
  });
  try {
    return await Promise.race([word, end]);
  } finally {
    gone.abort();
    await Promise.allSettled([word, end]);
  }
}

export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
