// What the commands need of the world.
import { type ExitCode } from './exit-codes';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Controller {
  /** @throws CommandFailed where it cannot be reached. */
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
}

export interface Surroundings {
  readonly controller: Controller;
  /** One line to standard output; to standard error what is no result. */
  readonly print: (line: string) => void;
  readonly note: (line: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Told to the person in one line; the exit code tells it to a script. */
export class CommandFailed extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
  }
}
