// What the bootstrap (plain JavaScript, before anything is compiled) hands to the compiled part.
export interface Steps {
  /** One visible step; `work` may sharpen its words by `say`. */
  step<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T>;
  say(line: string): void;
}

/** The watchdog process: what is named to it ends when the runner ends, even by kill -9. */
export interface Watch {
  add(pid: number, signal?: NodeJS.Signals): void;
  remove(pid: number): void;
  addContainer(name: string): void;
  removeContainer(name: string): void;
  addFile(path: string): void;
  removeFile(path: string): void;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** File that gets the output as well. */
  log?: string;
  /** The output goes to the person's screen, not to the result. */
  screen?: boolean;
  timeoutMs?: number;
  /** Resolve with the output whatever the exit code. */
  allowFailure?: boolean;
}

export interface Host {
  readonly root: string;
  readonly steps: Steps;
  readonly watch: Watch;
  /** Aborted by Ctrl-C, SIGTERM, SIGHUP or the death of npm. */
  readonly stopping: AbortSignal;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
}

/** What `run` rejects with when the command fails. */
export interface CommandFailure extends Error {
  readonly code: number | string;
  readonly output: string;
}

export function isCommandFailure(error: unknown): error is CommandFailure {
  return error instanceof Error && error.name === 'CommandFailed';
}
