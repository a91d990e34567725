// A guardrail as a manifest writes it: a metric that must not get worse than a margin, or a query that must stay below a limit.
import { z } from 'zod';
import { name } from './identifiers';
import { serverUrl } from './server-url';

const margin = z.union([
  /** A ratio for errors and latency, absolute in the metric's unit otherwise. */
  z.number(),
  z.strictObject({ ratio: z.number().min(1) }),
  z.strictObject({ absolute: z.number().min(0) }),
  z.strictObject({ relative: z.number().min(0).lt(1) }),
]);

export type Margin = z.infer<typeof margin>;

const metricGuardrail = z.strictObject({ metric: name, margin, must: z.literal('pass').optional() });

const prometheusGuardrail = z.strictObject({
  prometheus: z.strictObject({ url: serverUrl, query: z.string().min(1).max(4_000), max: z.number() }),
});

export const guardrails = z
  .array(z.union([metricGuardrail, prometheusGuardrail]))
  .max(20)
  .superRefine((all, context) => {
    const seen = new Set<string>();
    all.forEach((each, index) => {
      if (!('metric' in each)) return;
      if (seen.has(each.metric))
        context.addIssue({ code: 'custom', path: [index, 'metric'], message: `${each.metric} is guarded twice` });
      seen.add(each.metric);
    });
  })
  .default([]);

export type Guardrail = z.infer<typeof guardrails>[number];
