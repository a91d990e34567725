// shadow: the candidate answers beside stable, its answers are compared and thrown away.
import { z } from 'zod';
import { guardrails } from './guardrail';
import { duration, share } from './quantities';

const comparison = z.union([
  z.literal('exact'),
  z
    .strictObject({ absolute: z.number().min(0).optional(), relative: z.number().min(0).optional() })
    .refine((rule) => rule.absolute !== undefined || rule.relative !== undefined, 'needs absolute, relative or both'),
]);

const outputName = z
  .string()
  .regex(/^(?!(?:__proto__|constructor|prototype)$)[^\s\p{Cc}]{1,128}$/u, 'the name of an output');

const compare = z
  .strictObject({
    outputs: z.record(outputName, comparison).default({}),
    agreement: z.number().gt(0).lte(1).default(0.98),
  })
  .default({ outputs: {}, agreement: 0.98 });

export const shadowStage = z
  .strictObject({
    sample: share.refine((bps) => bps > 0, 'a sample above 0%').default(10_000),
    minPairs: z.int().min(1).max(1_000_000_000).default(500),
    duration: duration.default(600_000),
    onInconclusive: z.enum(['extend', 'pause', 'fail']).default('extend'),
    maxDuration: duration.default(3_600_000),
    compare,
    guardrails,
  })
  .superRefine((stage, context) => {
    if (stage.maxDuration < stage.duration)
      context.addIssue({ code: 'custom', path: ['maxDuration'], message: 'is shorter than duration' });
  })
  .transform(({ sample, duration: durationMs, maxDuration, ...rest }) => ({
    kind: 'shadow' as const,
    sampleBps: sample,
    ...rest,
    durationMs,
    maxDurationMs: maxDuration,
  }));

export type ShadowStage = z.infer<typeof shadowStage>;
