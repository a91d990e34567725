// Policies as the controller publishes them, followed by a service that acts on the latest.
import { policyPublished, type PolicyPublished } from '@weir/contracts';
import { readCompacted, type CompactedReader, type ReadCompactedOptions } from './read-compacted';

export interface PolicyHealth {
  set(need: 'policies', ready: boolean, detail?: string): void;
}

/** Unready until the topic has been read once: before that the service would act on what is no longer true. */
export async function followPolicies(
  options: ReadCompactedOptions,
  follow: (policy: PolicyPublished) => void,
  health: PolicyHealth,
): Promise<CompactedReader> {
  health.set('policies', false, 'not read yet');
  const reader = await readCompacted(options, policyPublished, (policy) => {
    if (policy) follow(policy);
  });
  void reader.caughtUp.then(() => health.set('policies', true));
  return reader;
}
