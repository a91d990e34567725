// ab: fixed shares for two or more arms until one metric decides between them.
import { z } from 'zod';
import { guardrails } from './guardrail';
import { name } from './identifiers';
import { duration } from './quantities';
import { segments } from './segments';
import { sharesOfArms } from './shares-of-arms';
import { when } from './when';

/** In the metric's own unit: a share of 0 to 1, milliseconds, whatever a numeric metric counts. */
const minimumEffect = z.number().gt(0);

/** Looked at beside the metric that decides. With a minimumEffect an arm shown worse by it is out. */
const further = z.union([
  name.transform((metric) => ({ metric, minimumEffect: undefined })),
  z.strictObject({ metric: name, minimumEffect: minimumEffect.optional() }),
]);

export const abStage = z
  .strictObject({
    arms: sharesOfArms,
    when: when.optional(),
    segments: segments.optional(),
    /** unit: a unit keeps its arm. prediction: each prediction meets an arm of its own. */
    assign: z.enum(['unit', 'prediction']).default('unit'),
    /** Decides. */
    metric: name,
    minimumEffect,
    metrics: z.array(further).max(20).default([]),
    alpha: z.number().gt(0).lte(0.5).default(0.05),
    /** Per arm, before anything is concluded from a metric. */
    minUnits: z.int().min(0).max(1_000_000_000).default(100),
    /** Units of both arms of a comparison at which its interval is to be narrowest; absent: those that find the minimumEffect. */
    plannedUnits: z.int().min(2).optional(),
    maxDuration: duration.default(14 * 86_400_000),
    decide: z.enum(['auto', 'manual']).default('auto'),
    guardrails,
  })
  .superRefine((stage, context) => {
    const all = [stage.metric, ...stage.metrics.map(({ metric }) => metric)];
    all.forEach((metric, index) => {
      if (all.indexOf(metric) < index)
        context.addIssue({ code: 'custom', path: ['metrics', index - 1], message: `${metric} is named twice` });
    });
  })
  .transform(({ maxDuration, ...rest }) => ({ kind: 'ab' as const, ...rest, maxDurationMs: maxDuration }));

export type AbStage = z.infer<typeof abStage>;
