// kind: Rollout - candidates on their way through a chain of stages; the body of POST /api/v1/rollouts.
import { z } from 'zod';
import { name } from './identifiers';
import { overrides } from './overrides';
import { share } from './quantities';
import { abStage, type AbStage } from './stage-ab';
import { banditStage, type BanditStage } from './stage-bandit';
import { blueGreenStage, type BlueGreenStage } from './stage-blue-green';
import { canaryStage, type CanaryStage } from './stage-canary';
import { rollingStage, type RollingStage } from './stage-rolling';
import { shadowStage, type ShadowStage } from './stage-shadow';

export type Stage = ShadowStage | CanaryStage | AbStage | BanditStage | RollingStage | BlueGreenStage;

const kinds = ['shadow', 'canary', 'ab', 'bandit', 'rolling', 'blueGreen'] as const;

const stage = z
  .strictObject({
    shadow: shadowStage.optional(),
    canary: canaryStage.optional(),
    ab: abStage.optional(),
    bandit: banditStage.optional(),
    rolling: rollingStage.optional(),
    blueGreen: blueGreenStage.optional(),
  })
  .transform((forms, context): Stage => {
    const [only, ...others] = kinds.flatMap((kind) => forms[kind] ?? []);
    if (only && others.length === 0) return only;
    context.issues.push({ code: 'custom', message: `needs exactly one of ${kinds.join(', ')}`, input: forms });
    return z.NEVER;
  });

const candidates = z
  .array(name)
  .min(1)
  .max(20)
  .superRefine((all, context) => {
    all.forEach((each, index) => {
      if (all.indexOf(each) < index)
        context.addIssue({ code: 'custom', path: [index], message: `${each} is named twice` });
    });
  });

const slice = z
  .strictObject({ from: share.default(0), to: share.default(10_000) })
  .refine(({ from, to }) => from < to, { message: 'is not above from', path: ['to'] })
  .default({ from: 0, to: 10_000 });

export const rolloutManifest = z
  .strictObject({
    kind: z.literal('Rollout').optional(),
    model: name,
    /** Rollouts of one name supersede each other by onSpecChange; the model's name where none is given. */
    name: name.optional(),
    candidates,
    slice,
    /** While the rollout is live. */
    overrides,
    promotionError: z.number().gt(0).lte(0.5).default(0.05),
    alpha: z.number().gt(0).lte(0.5).default(0.01),
    onSpecChange: z.enum(['restart', 'queue', 'reject']).default('restart'),
    stages: z.array(stage).min(1).max(20),
  })
  .transform(({ kind: _, name: own, ...rest }) => ({ ...rest, name: own ?? rest.model }));

export type RolloutManifest = z.infer<typeof rolloutManifest>;
