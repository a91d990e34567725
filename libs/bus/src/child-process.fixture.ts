// Processes that specs start from the sources, and kill.
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export interface Child {
  readonly messages: unknown[];
  readonly ended: Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

export function startChild(file: string, args: readonly string[]): Child {
  const child: ChildProcess = fork(join(__dirname, file), [...args], {
    execArgv: ['-r', join(__dirname, 'load-typescript.fixture.cjs'), '-C', '@weir/source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    messages,
    ended,
    kill: () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      return ended;
    },
  };
}
