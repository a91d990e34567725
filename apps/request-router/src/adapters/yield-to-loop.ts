// Threads that compile and collect give way to the one that answers: on a core they share they cost it milliseconds (docs/decisions/0043).
import { readdirSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** A third of the loop's weight: enough not to starve where the loop is never idle. */
const lessUrgent = 5;

/** Of the threads that are there; on Linux, where each has a priority of its own, elsewhere nothing changes. */
export function yieldToLoop(): void {
  const niceness = Math.min(constants.priority.PRIORITY_LOW, getPriority() + lessUrgent);
  for (const thread of threadsOf('/proc/self/task')) {
    if (thread === String(process.pid)) continue;
    try {
      setPriority(Number(thread), niceness);
    } catch {
      // it has ended, or may not be told
    }
  }
}

function threadsOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
