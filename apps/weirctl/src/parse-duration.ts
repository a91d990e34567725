// Durations as manifests write them.
import { duration } from '@weir/contracts';

/** @throws Error in the words of the contract. */
export function parseDuration(text: string): number {
  const parsed = duration.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Error(`expected ${parsed.error.issues[0]?.message}, not '${text}'`);
}
