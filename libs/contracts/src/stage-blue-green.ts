// blueGreen: one step from 0 to 100 % between a preview of green and a bake in which blue is kept.
import { z } from 'zod';
import { guardrails } from './guardrail';
import { duration, share } from './quantities';

export const blueGreenStage = z
  .strictObject({
    preview: duration.default(600_000),
    bake: duration.default(600_000),
    keepBlue: duration.default(3_600_000),
    approve: z.boolean().default(false),
    /** Keeps blue as a concurrent arm in the bake. */
    control: share.refine((bps) => bps > 0 && bps <= 5_000, 'a control above 0% and at most 50%').optional(),
    guardrails,
  })
  .transform(({ preview, bake, keepBlue, control, ...rest }) => ({
    kind: 'blueGreen' as const,
    ...rest,
    previewMs: preview,
    bakeMs: bake,
    keepBlueMs: keepBlue,
    ...(control === undefined ? {} : { controlBps: control }),
  }));

export type BlueGreenStage = z.infer<typeof blueGreenStage>;
