// How a shadow's answer is compared with stable's, output by output; as a manifest writes it, and as the policy carries it.
import { z } from 'zod';

/** Where a value stands in a JSON body: `$.choices[0].text`, `$.items[*].score`, `$['a b']`. */
const pathForm = /^\$(?:\.[^.[\]*'"\s]+|\.\*|\[\*\]|\[\d+\]|\['[^']*'\]|\["[^"]*"\]){1,40}$/;

const jsonPath = z.string().max(256).regex(pathForm, 'a JSON path such as $.usage.total_tokens');

const outputName = z
  .string()
  .regex(/^(?!(?:__proto__|constructor|prototype)$)[^\s$\p{Cc}][^\s\p{Cc}]{0,127}$/u, 'the name of an output');

/** An output by its name (open-inference), or a place in the answer's JSON (raw, and parameters). */
const place = z.union([jsonPath, outputName]);

const tolerance = z.number().min(0);

/** Numbers: matched where |shadow - stable| <= absolute, or <= relative x |stable|. */
const numeric = {
  absolute: tolerance.optional(),
  relative: tolerance.optional(),
  /** The values are probabilities: one below 0 or above 1 in the shadow's answer is a difference of its own. */
  probability: z.boolean().optional(),
};

/** One label an item: the value itself, or the place of the greatest number of the item's row. */
const label = z.enum(['value', 'argmax']);

/** Two orders of the same things. Without bounds both must be the same: tau 1, overlap 1. */
const ranking = z.strictObject({
  /** Items that count from the top, for both measures. Default 10. */
  top: z.int().min(1).max(1_000).default(10),
  /** The least Kendall tau-b, -1..1, over the items that both have among their top. Default 1. */
  tau: z.number().min(-1).max(1).default(1),
  /** The least share of the top that both have, 0..1. Default 1. */
  overlap: z.number().min(0).max(1).default(1),
});

/**
 * exact: the same characters; normalised: the same after Unicode's NFKC, lower case and single spaces; similarity: at least this
 * share of the characters stays (1 - edits / length of the longer), of normalised text.
 */
const text = z.union([z.enum(['exact', 'normalised']), z.strictObject({ similarity: z.number().gt(0).lte(1) })]);

const kinds = ['label', 'ranking', 'text'] as const;

const rule = z.strictObject({
  ...numeric,
  label: label.optional(),
  ranking: ranking.optional(),
  text: text.optional(),
});

const comparison = z.union([
  /** exact: the same value and type; label: the same label, flips counted. */
  z.enum(['exact', 'label']),
  rule.superRefine((given, context) => {
    const problem = problemOf(given);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  }),
]);

function problemOf(given: z.infer<typeof rule>): string | undefined {
  const isNumeric = given.absolute !== undefined || given.relative !== undefined;
  const chosen = [...(isNumeric ? ['absolute or relative'] : []), ...kinds.filter((kind) => given[kind] !== undefined)];
  if (chosen.length === 0) return 'needs absolute, relative or both, or one of label, ranking and text';
  if (chosen.length > 1) return `${chosen.join(' and ')} exclude each other`;
  return given.probability !== undefined && !isNumeric ? 'probability goes with absolute or relative' : undefined;
}

const defaults = { outputs: {}, agreement: 0.98 };

export const compareRules = z
  .strictObject({
    outputs: z
      .record(place, comparison)
      .refine((outputs) => Object.keys(outputs).length <= 100, 'at most 100 outputs')
      .default({}),
    /**
     * Outputs that have no rule. exact: compared as they are; structure: only present, of the same type and shape; ignore: not
     * looked at. Default: exact where no output has a rule, else structure.
     */
    others: z.enum(['exact', 'structure', 'ignore']).optional(),
    /** Outputs and places whose differences are counted apart and decide nothing: ids, timestamps. */
    ignore: z.array(place).max(100).optional(),
    /** The share of pairs that must agree, (0, 1]. */
    agreement: z.number().gt(0).lte(1).default(0.98),
    /** Pairs kept of each kind of difference. Default 5; 0 keeps none. */
    exemplars: z.int().min(0).max(100).optional(),
    /** Places in requests and answers that no exemplar shows. */
    redact: z.array(jsonPath).max(100).optional(),
  })
  .default(defaults);

export type CompareRules = z.output<typeof compareRules>;
export type Comparison = z.output<typeof comparison>;
