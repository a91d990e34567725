// shadow: the candidate answers beside stable, its answers are compared and thrown away.
import { z } from 'zod';
import { compareLimits, problemsOfLimits } from './compare-limits';
import { compareRules } from './compare-rules';
import { guardrails } from './guardrail';
import { duration, share } from './quantities';
import { segments } from './segments';

export const shadowStage = z
  .strictObject({
    sample: share.refine((bps) => bps > 0, 'a sample above 0%').default(10_000),
    minPairs: z.int().min(1).max(1_000_000_000).default(500),
    duration: duration.default(600_000),
    onInconclusive: z.enum(['extend', 'pause', 'fail']).default('extend'),
    maxDuration: duration.default(3_600_000),
    /** Of the predictions that could be compared, the least share that must have been: below it nothing passes. */
    minCoverage: share.default(0),
    compare: compareRules,
    segments: segments.default([]),
    limits: compareLimits,
    /** own: as fast as the shadow takes it, within bounds; live: each request is offered as it came. */
    pace: z.enum(['own', 'live']).default('own'),
    guardrails,
  })
  .superRefine((stage, context) => {
    if (stage.maxDuration < stage.duration)
      context.addIssue({ code: 'custom', path: ['maxDuration'], message: 'is shorter than duration' });
    for (const { path, message } of problemsOfLimits(stage.limits, stage.compare))
      context.addIssue({ code: 'custom', path: ['limits', ...path], message });
  })
  .transform(({ sample, minCoverage, duration: durationMs, maxDuration, ...rest }) => ({
    kind: 'shadow' as const,
    sampleBps: sample,
    minCoverageBps: minCoverage,
    ...rest,
    durationMs,
    maxDurationMs: maxDuration,
  }));

export type ShadowStage = z.infer<typeof shadowStage>;
