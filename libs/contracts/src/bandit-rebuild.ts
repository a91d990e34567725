// Computing again from the outcomes what bandits have learnt: the order, and what it came to.
import { z } from 'zod';

/** The body of POST /api/v1/bandits/{rollout}/rebuild. */
export const rebuildOrder = z.strictObject({
  /** Put what the outcomes say in place of what is kept, where they differ. Default: only compare. */
  replace: z.boolean().default(false),
  /** Also where Kafka no longer has all outcomes of the stage. */
  force: z.boolean().default(false),
});

export type RebuildOrder = z.infer<typeof rebuildOrder>;

const count = z.int().min(0);

const rebuiltStage = z.object({
  attempt: z.int().min(1),
  stage: count,
  metric: z.string(),
  /** That taught it, each once. */
  outcomes: count,
  /** Rows that are not what the outcomes say: sums of rewards and of contexts by arm and bucket, claims by arm. */
  differences: z.object({ rewards: count, claims: count, contexts: count }),
  equal: z.boolean(),
  /** Kafka still has every outcome of the stage. */
  complete: z.boolean(),
  replaced: z.boolean(),
});

export const rebuildView = z.object({
  rollout: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  /** Records of weir.outcome-joined.v1 read so far. */
  records: count,
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  /** Why it failed. */
  problem: z.string().nullable(),
  /** Empty until it is done. */
  stages: z.array(rebuiltStage),
});

export type RebuildView = z.infer<typeof rebuildView>;
export type RebuiltStage = z.infer<typeof rebuiltStage>;
