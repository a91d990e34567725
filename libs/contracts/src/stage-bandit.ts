// bandit: shares follow what the arms have earned so far, within bounds that the manifest sets.
import { z } from 'zod';
import { contextFeatures } from './contextual-weights';
import { guardrails } from './guardrail';
import { name } from './identifiers';
import { duration, share } from './quantities';
import { segments } from './segments';
import { sharesOfArms } from './shares-of-arms';
import { when } from './when';

const positiveShare = share.refine((bps) => bps > 0, 'a share above 0%');

const bare = z.strictObject({
  algorithm: z.enum(['thompson', 'top-two', 'epsilon-greedy', 'square-cb']).default('thompson'),
  /** Shares to begin with; absent: equal ones. */
  arms: sharesOfArms.optional(),
  /** Declared by the model; its outcomes are what arms earn. */
  metric: name,
  /** The metric's own; another one is refused. */
  direction: z.enum(['up', 'down']).optional(),
  /** Of square-cb: the attributes that it learns from. */
  context: contextFeatures.optional(),
  /** How often shares are computed anew. */
  update: duration.default(10_000).refine((ms) => ms >= 1_000, 'an update of at least 1s'),
  /** So many mature outcomes since the last time are a reason to compute them before `update` is over; absent: none is. */
  updateOutcomes: z.int().min(1).max(1_000_000_000).optional(),
  /** Each arm's least share. */
  floor: share.default(200),
  /** An arm's greatest share. */
  caps: z.record(name, positiveShare).default({}),
  /** How far a share may move at one update; a guardrail's closing is not held back by it. */
  maxChange: positiveShare.default(10_000),
  halfLife: duration.default(86_400_000),
  assign: z.enum(['prediction', 'unit']).default('prediction'),
  /** Effective outcomes of an arm before it can be promoted at the end of maxDuration. */
  minOutcomes: z.int().min(1).max(1_000_000_000).default(100),
  stopAtRemainingValue: z.number().gt(0).lt(1).default(0.01),
  maxDuration: duration.default(14 * 86_400_000),
  decide: z.enum(['auto', 'manual']).default('auto'),
  when: when.optional(),
  segments: segments.optional(),
  guardrails,
});

export const banditStage = bare
  .superRefine(({ algorithm, context: features, caps, floor, maxChange }, context) => {
    const issue = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (algorithm === 'square-cb' && !features)
      issue(['context'], 'square-cb needs the attributes that it learns from');
    if (algorithm !== 'square-cb' && features)
      issue(['context'], `${algorithm} learns from no attributes: square-cb does`);
    if (algorithm === 'square-cb' && maxChange < 10_000)
      issue(['maxChange'], 'has no meaning for square-cb: its shares differ from context to context');
    for (const [arm, bps] of Object.entries(caps)) if (bps < floor) issue(['caps', arm], 'is below the floor');
  })
  .transform(({ update, floor, caps, maxChange, halfLife, maxDuration, ...rest }) => ({
    kind: 'bandit' as const,
    ...rest,
    updateMs: update,
    floorBps: floor,
    capsBps: caps,
    maxChangeBps: maxChange,
    halfLifeMs: halfLife,
    maxDurationMs: maxDuration,
  }));

export type BanditStage = z.infer<typeof banditStage>;
