// Where the partitions of a topic go on when they become a member's.
import { describeError } from './bus-logger';
import { type ConsumeContext } from './consume-batch';

/** Saves reading again what was applied, and finds what a foreign commit would skip; each batch is checked as well. */
export async function startAtLedger(
  topic: string,
  partitions: readonly number[],
  { guard, inStep, seek, logger }: Pick<ConsumeContext, 'guard' | 'inStep' | 'seek' | 'logger'>,
): Promise<void> {
  const behind = new Map<number, bigint>();
  try {
    for (const start of await guard.starts(topic, partitions)) {
      seek(topic, start.partition, start.offset);
      behind.set(start.partition, start.behind);
    }
  } catch (error) {
    logger.warn(
      { topic, error: describeError(error) },
      'the ledger could not be read at the join; each batch asks it again',
    );
  }
  for (const partition of partitions) inStep.starts(topic, partition, behind.get(partition));
}
