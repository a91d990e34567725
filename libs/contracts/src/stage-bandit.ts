// bandit: shares follow what the arms have earned so far.
import { z } from 'zod';
import { guardrails } from './guardrail';
import { name } from './identifiers';
import { duration, share } from './quantities';
import { when } from './when';

export const banditStage = z
  .strictObject({
    algorithm: z.enum(['thompson', 'top-two', 'epsilon-greedy', 'square-cb']).default('thompson'),
    metric: name,
    update: duration.default(10_000).refine((ms) => ms >= 1_000, 'an update of at least 1s'),
    floor: share.default(200),
    halfLife: duration.default(86_400_000),
    assign: z.enum(['prediction', 'unit']).default('prediction'),
    stopAtRemainingValue: z.number().gt(0).lt(1).default(0.01),
    when: when.optional(),
    guardrails,
  })
  .transform(({ update, floor, halfLife, ...rest }) => ({
    kind: 'bandit' as const,
    ...rest,
    updateMs: update,
    floorBps: floor,
    halfLifeMs: halfLife,
  }));

export type BanditStage = z.infer<typeof banditStage>;
