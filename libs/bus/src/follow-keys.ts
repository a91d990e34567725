// Callers' keys as the controller publishes them, followed into the memory of whoever lets callers in.
import { keyPublished, type KeyPublished } from '@weir/contracts';
import { readCompacted, type CompactedReader, type ReadCompactedOptions } from './read-compacted';

export interface KeysInMemory {
  put(key: KeyPublished): void;
  remove(id: string): void;
}

export interface KeyHealth {
  set(need: 'keys', ready: boolean, detail?: string): void;
}

/** Unready until the topic has been read once: before that nobody could be let in. */
export async function followKeys(
  options: ReadCompactedOptions,
  keys: KeysInMemory,
  health: KeyHealth,
): Promise<CompactedReader> {
  health.set('keys', false, 'not read yet');
  const reader = await readCompacted(options, keyPublished, (event, record) => {
    if (event) keys.put(event);
    else if (record.key !== null) keys.remove(record.key);
  });
  void reader.caughtUp.then(() => health.set('keys', true));
  return reader;
}
