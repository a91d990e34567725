// canary: a growing share of the units goes to the candidate, step by step.
import { z } from 'zod';
import { guardrails } from './guardrail';
import { duration, share } from './quantities';
import { segments } from './segments';
import { when } from './when';

const day = 86_400_000;

/** Past half of the traffic a canary is no canary: what follows is promotion. */
const weight = share
  .refine((bps) => bps <= 5_000, 'a step is at most 50%: past it is promotion')
  .refine((bps) => bps > 0, 'a step above 0%');

const hold = z.union([z.literal('manual'), duration]);

const step = z.union([
  weight.transform((weightBps) => ({ weightBps })),
  z.strictObject({ weight, hold: hold.optional() }).transform(({ weight: weightBps, hold: held }) => ({
    weightBps,
    ...(held === undefined ? {} : held === 'manual' ? { hold: 'manual' as const } : { holdMs: held }),
  })),
]);

export interface CanaryStep {
  readonly weightBps: number;
  /** manual: a person promotes; evidence and time do not. */
  readonly hold?: 'manual' | undefined;
  /** In place of the stage's `every`. */
  readonly holdMs?: number | undefined;
}

const steps = z
  .array(step.transform((read): CanaryStep => read))
  .min(1)
  .max(50)
  .superRefine((all, context) => {
    all.forEach((each, index) => {
      if (each.weightBps <= (all[index - 1]?.weightBps ?? 0))
        context.addIssue({ code: 'custom', path: [index], message: 'is not above the step before it' });
    });
  });

const defaultSteps: readonly CanaryStep[] = [500, 1_000, 2_000, 3_000].map((weightBps) => ({ weightBps }));

export const canaryStage = z
  .strictObject({
    steps: steps.default(() => [...defaultSteps]),
    every: duration.default(300_000),
    advance: z.enum(['time', 'evidence']).default('time'),
    maxStep: duration.default(day),
    onInconclusive: z.enum(['pause', 'fail']).default('pause'),
    minUnits: z.int().min(0).max(1_000_000_000).default(100),
    when: when.optional(),
    segments: segments.optional(),
    guardrails,
  })
  .superRefine((stage, context) => {
    if (stage.maxStep < stage.every)
      context.addIssue({ code: 'custom', path: ['maxStep'], message: 'is shorter than every' });
    if (stage.advance === 'evidence' && !stage.guardrails.some((each) => 'metric' in each))
      context.addIssue({
        code: 'custom',
        path: ['guardrails'],
        message: 'advance: evidence needs a guardrail on a metric',
      });
  })
  .transform(({ every, maxStep, ...rest }) => ({
    kind: 'canary' as const,
    ...rest,
    everyMs: every,
    maxStepMs: maxStep,
  }));

export type CanaryStage = z.infer<typeof canaryStage>;
