// blueGreen: one step from 0 to 100 % between a preview of green and a bake in which blue is kept.
import { z } from 'zod';
import { compareLimits, problemsOfLimits } from './compare-limits';
import { compareRules } from './compare-rules';
import { guardrails } from './guardrail';
import { duration, share } from './quantities';
import { segments } from './segments';

const day = 86_400_000;

/** What callers ask of blue is asked of green too in the preview, and the answers are compared as a shadow's are. */
const mirror = z
  .strictObject({
    sample: share.refine((bps) => bps > 0, 'a sample above 0%').default(10_000),
    minPairs: z.int().min(0).max(1_000_000_000).default(100),
    /** Of the predictions that could be compared, the least share that must have been. */
    minCoverage: share.default(0),
    compare: compareRules,
    segments: segments.default([]),
    limits: compareLimits,
    /** own: as fast as green takes it, within bounds; live: each request is offered as it came. */
    pace: z.enum(['own', 'live']).default('own'),
  })
  .superRefine((given, context) => {
    for (const { path, message } of problemsOfLimits(given.limits, given.compare))
      context.addIssue({ code: 'custom', path: ['limits', ...path], message });
  })
  .transform(({ sample, minCoverage, ...rest }) => ({
    sampleBps: sample,
    minCoverageBps: minCoverage,
    /** all: every limit decides; errors: that green fails where blue does not, the rest is shown. */
    decides: 'all' as 'all' | 'errors',
    ...rest,
  }));

export type Mirror = z.infer<typeof mirror>;

/** Where a manifest says nothing of it. */
const shown: Mirror = { ...mirror.parse({ minPairs: 0 }), decides: 'errors' };

export const blueGreenStage = z
  .strictObject({
    /** How long all of green's instances must take to be ready at most; over it the rollout goes back. */
    deadline: duration.default(600_000),
    preview: duration.default(600_000),
    /** A preview that is not passed by then waits for a person. */
    maxPreview: duration.optional(),
    /** false: none. Absent: shown, and only green's errors decide; given: its limits decide. */
    mirror: z.union([z.literal(false), mirror]).optional(),
    /** A person approves the switch, or rejects it. */
    approve: z.boolean().default(false),
    bake: duration.default(600_000),
    /** Keeps blue as a concurrent arm in the bake. */
    control: share.refine((bps) => bps > 0 && bps <= 5_000, 'a control above 0% and at most 50%').optional(),
    keepBlue: duration.default(3_600_000),
    guardrails,
  })
  .superRefine((stage, context) => {
    if (stage.maxPreview !== undefined && stage.maxPreview < stage.preview)
      context.addIssue({ code: 'custom', path: ['maxPreview'], message: 'is shorter than preview' });
  })
  .transform(({ deadline, preview, maxPreview, mirror: given, bake, keepBlue, control, ...rest }) => ({
    kind: 'blueGreen' as const,
    ...rest,
    ...(given === false ? {} : { mirror: given ?? shown }),
    deadlineMs: deadline,
    previewMs: preview,
    maxPreviewMs: maxPreview ?? Math.max(preview, day),
    bakeMs: bake,
    keepBlueMs: keepBlue,
    ...(control === undefined ? {} : { controlBps: control }),
  }));

export type BlueGreenStage = z.infer<typeof blueGreenStage>;
