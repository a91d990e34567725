// A host for specs: records what a person would have seen, and runs commands plainly.
import { execFile } from 'node:child_process';
import type { Host } from './host';

export interface FakeHost extends Host {
  readonly said: string[];
  /** Process groups that the watchdog would end now. */
  readonly watched: Set<number>;
  stop(): void;
}

export function fakeHost(root = '/'): FakeHost {
  const said: string[] = [];
  const watched = new Set<number>();
  const stopping = new AbortController();
  return {
    root,
    said,
    watched,
    stopping: stopping.signal,
    stop: () => stopping.abort(new Error('stopped')),
    steps: {
      step: (title, work) => {
        said.push(title);
        return work((detail) => said.push(detail));
      },
      say: (line) => void said.push(line),
    },
    watch: {
      add: (pid) => void watched.add(pid),
      remove: (pid) => void watched.delete(pid),
      addContainer: () => undefined,
      removeContainer: () => undefined,
      addFile: () => undefined,
      removeFile: () => undefined,
    },
    run: runPlainly,
  };
}

const runPlainly: Host['run'] = (command, args, { cwd, env, allowFailure } = {}) =>
  new Promise((resolve, reject) => {
    execFile(command, [...args], { cwd, env }, (error, stdout, stderr) => {
      if (!error || allowFailure) resolve(stdout + stderr);
      else
        reject(
          Object.assign(new Error(`${command} failed`), {
            name: 'CommandFailed',
            code: error.code,
            output: stdout + stderr,
          }),
        );
    });
  });
