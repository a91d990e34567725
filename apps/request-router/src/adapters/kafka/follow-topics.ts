// The compacted topics that the router lives by: policies, and the keys of producers where keys are asked for.
import { readCompacted, type BusLogger, type BusOptions } from '@weir/bus';
import { keyPublished, policyPublished } from '@weir/contracts';
import { type FollowKeys } from '../../follow-keys';
import { type FollowPolicy, type LastKnownGood } from '../../follow-policy';

export interface Following {
  /** Resolves when what was in the topic at the start has been taken. */
  readonly caughtUp: Promise<void>;
  /** Since Kafka was last heard of, milliseconds. */
  silentMs(): number;
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
  keys: FollowKeys,
  disk: LastKnownGood,
): Promise<Following> {
  for (const bytes of await disk.load()) keys.put(keyPublished.decode(bytes), bytes);
  const reader = await readCompacted(options, keyPublished, (key, record) => {
    if (!key || !record.value) return;
    keys.put(key, record.value);
    disk.save(key.id.replace(/[^A-Za-z0-9-]/g, '_'), record.value);
  });
  void reader.caughtUp.then(() => keys.settle());
  return reader;
}
