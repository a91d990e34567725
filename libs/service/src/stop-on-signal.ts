// Stops a service in order: not ready, a moment for balancers to notice, then everything else, within a limit.
import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessLike } from './end-on-crash';
import type { Logger } from './logger';

export interface StopPlan {
  readonly logger: Logger;
  /** Between "not ready" and the first refused connection. */
  readonly drainMs: number;
  /** Requests still running at this age of the stop are cut off, so that consumers and pools close in order. */
  readonly cutMs: number;
  /** The whole stop; past it the process ends with code 1. */
  readonly limitMs: number;
  readonly announce: () => void;
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

export function stopOnSignal(plan: StopPlan, on: ProcessLike = process): { stop: (cause: string) => Promise<void> } {
  let stopping: Promise<void> | undefined;
  const stop = (cause: string): Promise<void> => {
    if (stopping) plan.logger.info({ cause }, 'already stopping');
    return (stopping ??= stopOnce(plan, cause, on));
  };
  for (const signal of ['SIGTERM', 'SIGINT']) on.on(signal, () => void stop(signal));
  return { stop };
}

async function stopOnce(plan: StopPlan, cause: string, on: ProcessLike): Promise<void> {
  const { logger } = plan;
  logger.info({ cause }, 'stopping');
  const cut = setTimeout(plan.cut, plan.cutMs);
  const limit = setTimeout(() => {
    logger.error({ limitMs: plan.limitMs }, 'the stop took too long: the process ends');
    on.exit(1);
  }, plan.limitMs);
  try {
    plan.announce();
    await pause(plan.drainMs);
    await plan.close();
    logger.info('stopped');
    on.exit(0);
  } catch (error) {
    logger.error({ err: error }, 'the stop failed');
    on.exit(1);
  } finally {
    clearTimeout(cut);
    clearTimeout(limit);
  }
}
