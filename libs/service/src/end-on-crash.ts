// An error that nobody caught ends the process, with one line that says what it was. The supervisor starts it again.
import type { Logger } from './logger';

/** The part of `process` that is needed, so that a spec can play it. */
export interface ProcessLike {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  exit(code: number): void;
}

const guarded = new WeakSet<ProcessLike>();

export function endOnCrash(logger: Logger, on: ProcessLike = process): void {
  if (guarded.has(on)) return;
  guarded.add(on);
  const end = (kind: string) => (error: unknown) => {
    logger.fatal({ err: error }, `${kind}: the process ends`);
    on.exit(1);
  };
  on.on('uncaughtException', end('uncaught exception'));
  on.on('unhandledRejection', end('unhandled rejection'));
}

/** What main.ts calls: a failed start is one readable line and exit code 1. */
export async function runMain(logger: Logger, main: () => Promise<unknown>, on: ProcessLike = process): Promise<void> {
  endOnCrash(logger, on);
  try {
    await main();
  } catch (error) {
    logger.fatal({ err: error }, error instanceof Error ? error.message : String(error));
    on.exit(1);
  }
}
