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

/** A step goes on by itself only where this guardrail has passed. */
const must = z.literal('pass').optional();

const metricGuardrail = z.strictObject({ metric: name, margin, must });

const prometheusGuardrail = z.strictObject({
  prometheus: z.strictObject({
    /** Base URL of a server that speaks the HTTP API of Prometheus. */
    url: serverUrl,
    /** Gives one number: a scalar, or a vector of one series. */
    query: z.string().min(1).max(4_000),
    /** The greatest number that is not a failure. */
    max: z.number(),
    /** What the verdict and a rollback are called; `prometheus` where none is given. */
    name: name.optional(),
  }),
  must,
});

export const guardrails = z
  .array(z.union([metricGuardrail, prometheusGuardrail]))
  .max(20)
  .superRefine((all, context) => {
    const seen = new Set<string>();
    all.forEach((each, index) => {
      const [own, path] = 'metric' in each ? [each.metric, ['metric']] : [each.prometheus.name, ['prometheus', 'name']];
      if (own === undefined) return;
      if (seen.has(own))
        context.addIssue({ code: 'custom', path: [index, ...path], message: `${own} is guarded twice` });
      seen.add(own);
    });
  })
  .default([]);

export type Guardrail = z.infer<typeof guardrails>[number];
