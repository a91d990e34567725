// How a contextual bandit weighs its arms for a prediction: data alone, which a router evaluates and anyone can evaluate again.
import { z } from 'zod';
import { name } from './identifiers';

/** As in the header `x-weir-attr-<name>`. */
const attribute = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'an attribute: 1 to 64 lower-case letters, digits, dots, dashes and underscores',
  );

/** An attribute as numbers: one of some values, or a number within a range. */
export const contextFeature = z.union([
  z.object({ attribute, values: z.array(z.string()) }),
  z.object({ attribute, from: z.number(), to: z.number() }),
]);

export type ContextFeature = z.infer<typeof contextFeature>;

const declared = z
  .strictObject({
    attribute,
    values: z.array(z.string().min(1).max(256)).min(1).max(50).optional(),
    from: z.number().optional(),
    to: z.number().optional(),
  })
  .transform((feature, context): ContextFeature => {
    const { values, from, to } = feature;
    const refuse = (path: string, message: string) => {
      context.issues.push({ code: 'custom', path: [path], message, input: feature });
      return z.NEVER;
    };
    if (values !== undefined) {
      if (from !== undefined || to !== undefined) return refuse('values', 'either values or a range: from and to');
      return new Set(values).size < values.length
        ? refuse('values', 'a value is named twice')
        : { attribute: feature.attribute, values };
    }
    if (from === undefined || to === undefined) return refuse('values', 'needs values, or a range: from and to');
    return from < to ? { attribute: feature.attribute, from, to } : refuse('to', 'is not above from');
  });

/** A linear model of each arm holds so many numbers at most. */
const mostNumbers = 64;

/** The features that a contextual bandit declares in its manifest. */
export const contextFeatures = z
  .array(declared)
  .min(1)
  .max(20)
  .superRefine((features, context) => {
    const names = features.map((feature) => feature.attribute);
    names.forEach((each, index) => {
      if (names.indexOf(each) < index)
        context.addIssue({ code: 'custom', path: [index, 'attribute'], message: `${each} is declared twice` });
    });
    const numbers = features.reduce((sum, feature) => sum + ('values' in feature ? feature.values.length : 1), 1);
    if (numbers > mostNumbers)
      context.addIssue({ code: 'custom', message: `${numbers} numbers a prediction, at most ${mostNumbers}` });
  });

/** SquareCB, compiled: 1/(K + gamma gap) of each arm but the best, by linear models of the arms' rewards (libs/bandits, contextWeights). */
export const contextualWeights = z.object({
  features: z.array(contextFeature),
  direction: z.enum(['up', 'down']),
  /** In inverse units of the reward. */
  gamma: z.number().min(0),
  /** Each arm's least share, 0 to 1. */
  floor: z.number().min(0).max(1),
  /** An arm's greatest share, 0 to 1, by name; absent: 1. */
  caps: z.record(name, z.number().min(0).max(1)).optional(),
  /** Of each arm that may have traffic, by name ascending; the first coefficient is the intercept, the others follow the features. */
  models: z.array(z.object({ arm: name, coefficients: z.array(z.number()) })).min(1),
});

export type ContextualWeights = z.infer<typeof contextualWeights>;
