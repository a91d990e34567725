// rolling: stable's own instances are moved to the candidate, batch by batch.
import { z } from 'zod';
import { guardrails } from './guardrail';
import { duration, share } from './quantities';
import { serverUrl } from './server-url';

const updater = z
  .strictObject({
    /** load, ready, unload by the server's model repository. */
    repository: z.strictObject({}).optional(),
    webhook: z.strictObject({ url: serverUrl }).optional(),
    manual: z.strictObject({}).optional(),
  })
  .refine(
    (forms) => Object.values(forms).filter((form) => form !== undefined).length === 1,
    'needs exactly one of repository, webhook, manual',
  );

/** A number of instances, or a share of them. */
const instances = z.union([
  z.int().min(1).max(200),
  share.refine((bps) => bps > 0, 'a share above 0%').transform((shareBps) => ({ shareBps })),
]);

export const rollingStage = z
  .strictObject({
    /** Instances that begin together; the next batch begins when all of it is back in service. A share is rounded up. */
    batch: instances.default(1),
    /** Instances that may be out of service at once; a share is rounded down, to 1 at least. */
    maxUnavailable: instances.default(1),
    /** How long an updated instance must be ready before it is back in service. */
    minReady: duration.default(10_000),
    /** Recorded requests that an updated instance is asked before it is back in service. */
    warmup: z.int().min(0).max(1_000).default(0),
    /** How long calls under way may take once no router chooses the instance any more; default the model's timeout. */
    drain: duration.optional(),
    updater,
    /** Of one batch, from leaving service to being back; over it the rollout goes back. */
    deadline: duration.default(600_000),
    guardrails,
  })
  .transform(({ minReady, deadline, drain, ...rest }) => ({
    kind: 'rolling' as const,
    ...rest,
    minReadyMs: minReady,
    deadlineMs: deadline,
    ...(drain === undefined ? {} : { drainMs: drain }),
  }));

export type RollingStage = z.infer<typeof rollingStage>;

export type InstanceCount = RollingStage['batch'];
