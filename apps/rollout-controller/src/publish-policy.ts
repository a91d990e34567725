// Brings a model's policy into line with its manifest and its live rollouts, in the transaction that changed them.
import { type PolicyPublished } from '@weir/contracts';
import { type Model } from './domain/model';
import { nextPolicy } from './domain/policy';
import { type Tx } from './ports';
import { Refused } from './refusals';

/** The revision in force afterwards. The model's row is locked by the caller, so that revisions ascend without gaps. */
export async function publishPolicy(tx: Tx, model: Model, now: string): Promise<number> {
  const previous = await tx.policies.latest(model.name);
  const [rollouts, lists] = [await tx.rollouts.liveOf(model.name), await tx.models.lists(model.name)];
  const next = nextPolicy(previous, model, rollouts, lists, now);
  if (!next) return previous?.revision ?? 0;
  requireSize(next);
  await tx.policies.save(next);
  await tx.announce.policy(next);
  return next.revision;
}

/** Below what the topic takes: a policy that cannot be published must not be stored. */
const mostBytes = 15 * 1024 ** 2;

function requireSize(policy: PolicyPublished): void {
  const bytes = Buffer.byteLength(JSON.stringify(policy));
  if (bytes > mostBytes)
    throw new Refused(
      'policy-too-large',
      `the policy of ${policy.model} would have ${bytes} bytes; at most ${mostBytes}`,
    );
}
