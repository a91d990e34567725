// The compacted topics that the router lives by: policies, and the keys of producers where keys are asked for.
import { readCompacted, type BusLogger, type BusOptions } from '@weir/bus';
import { keyPublished, policyPublished, type KeyPublished } from '@weir/contracts';
import { type Health, type MemoryKeyRing } from '@weir/service';
import { type FollowPolicy, type LastKnownGood } from '../../follow-policy';

export interface Following {
  close(): Promise<void>;
}

export async function followPolicies(
  options: BusOptions & { logger: BusLogger },
  policies: FollowPolicy,
): Promise<Following> {
  const reader = await readCompacted(options, policyPublished, (policy, record) => {
    // a model is taken away by a retired document; a tombstone only says that the topic was cleaned
    if (policy && record.value) policies.publish(policy, record.value);
  });
  void reader.caughtUp.then(() => policies.settle());
  return reader;
}

/** Revocations count as soon as they are read; with Kafka away, the keys of the last known good go on working. */
export async function followKeys(
  options: BusOptions & { logger: BusLogger },
  keys: MemoryKeyRing,
  disk: LastKnownGood,
  health: Health,
): Promise<Following> {
  let known = 0;
  let caughtUp = false;
  const put = (key: KeyPublished): void => {
    keys.put(key);
    known++;
  };
  for (const bytes of await disk.load()) put(keyPublished.decode(bytes));
  health.watch('keys', () =>
    caughtUp || known > 0 ? { ok: true } : { ok: false, detail: 'no keys of producers are known yet' },
  );
  const reader = await readCompacted(options, keyPublished, (key, record) => {
    if (!key || !record.value) return;
    put(key);
    disk.save(key.id.replace(/[^A-Za-z0-9-]/g, '_'), record.value);
  });
  void reader.caughtUp.then(() => (caughtUp = true));
  return reader;
}
