// rolling: stable's own instances are moved to the candidate, batch by batch.
import { z } from 'zod';
import { guardrails } from './guardrail';
import { duration } from './quantities';
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

export const rollingStage = z
  .strictObject({
    batch: z.int().min(1).max(200).default(1),
    maxUnavailable: z.int().min(1).max(200).default(1),
    minReady: duration.default(10_000),
    updater,
    deadline: duration.default(600_000),
    guardrails,
  })
  .transform(({ minReady, deadline, ...rest }) => ({
    kind: 'rolling' as const,
    ...rest,
    minReadyMs: minReady,
    deadlineMs: deadline,
  }));

export type RollingStage = z.infer<typeof rollingStage>;
