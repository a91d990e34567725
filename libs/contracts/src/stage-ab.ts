// ab: fixed shares for two or more arms until one metric decides between them.
import { z } from 'zod';
import { guardrails } from './guardrail';
import { name } from './identifiers';
import { duration, share } from './quantities';
import { segments } from './segments';
import { when } from './when';

const arms = z
  .record(
    name,
    share.refine((bps) => bps > 0, 'an arm above 0%'),
  )
  .superRefine((shares, context) => {
    const total = Object.values(shares).reduce((sum, bps) => sum + bps, 0);
    if (Object.keys(shares).length < 2) context.addIssue({ code: 'custom', message: 'needs at least two arms' });
    if (total !== 10_000)
      context.addIssue({ code: 'custom', message: `the shares add up to ${total / 100}%, not to 100%` });
  });

export const abStage = z
  .strictObject({
    arms,
    when: when.optional(),
    segments: segments.optional(),
    metric: name,
    minimumEffect: z.number().gt(0),
    alpha: z.number().gt(0).lte(0.5).default(0.05),
    maxDuration: duration.default(14 * 86_400_000),
    decide: z.enum(['auto', 'manual']).default('auto'),
    guardrails,
  })
  .transform(({ maxDuration, ...rest }) => ({ kind: 'ab' as const, ...rest, maxDurationMs: maxDuration }));

export type AbStage = z.infer<typeof abStage>;
