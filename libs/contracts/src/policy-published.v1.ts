// What is in force for one model. The controller is the only writer; routers serve by it, the others count by it.
import { z } from 'zod';
import { contextualWeights } from './contextual-weights';
import { defineEvent } from './define-event';
import { attempt, basisPoints, instant, name, weights } from './identifiers';
import { metrics, ratios } from './metric';
import { when } from './when';

const instance = z.object({
  /** Base URL, http or https, without a trailing slash; `dns+` before it: an instance for each address of its host. */
  url: z.string(),
  /** in-service: takes predictions; draining: none new, those in flight finish; out: none. */
  state: z.enum(['in-service', 'draining', 'out']),
});

const version = z.object({
  /** Name and version on the model server; the path becomes /v2/models/{modelName}[/versions/{modelVersion}]/infer. */
  modelName: z.string(),
  modelVersion: z.string().optional(),
  instances: z.array(instance),
  /** The header that its servers ask for, and the name by which a router finds the value. Never the value. */
  auth: z.object({ header: z.string(), secretRef: z.string() }).optional(),
});

const shadow = z.object({ version: name, sampleBps: basisPoints });

/** The part of a model's units that one rollout owns. Slices are disjoint. */
const slice = z.object({
  rollout: z.string().min(1),
  attempt,
  name,
  /** Index of the running stage, its kind, and its step (0 where the stage has none). */
  stage: z.int().min(0),
  kind: z.enum(['shadow', 'canary', 'ab', 'bandit', 'rolling', 'blueGreen']),
  step: z.int().min(0),
  /** Of the model's units by the model's salt, basis points, from <= share < to. */
  from: basisPoints,
  to: basisPoints,
  /** The epoch in which this slice's weights or eligible arms last changed. */
  epoch: z.int().min(0),
  /** The rollout's salt: two rollouts do not meet the same unlucky units. */
  salt: z.string().min(1),
  baseline: name,
  /** Weights by arm, basis points; they add up to 10000. */
  arms: weights,
  /** Weighs the arms by the attributes of each prediction, where its arms are those with weight above; else these weights hold. */
  context: contextualWeights.optional(),
  assign: z.enum(['unit', 'prediction']),
  when: when.optional(),
  shadows: z.array(shadow),
  /** Where the step began, and its first period: period = base + floor((countedAt - startedAt) / 10 min). */
  period: z.object({ base: z.int().min(0), startedAt: instant }),
  /** Width of an evidence window, milliseconds: 1000 while guarded, 10000 for experiments. */
  windowMs: z.int().positive(),
  /** The running stage's specification, normalised (durations in ms, shares in bps). */
  spec: z.record(z.string(), z.unknown()),
});

const schema = z.object({
  model: name,
  /** Ascends with every change of the document. */
  revision: z.int().min(1),
  /** Changes only when weights or eligible arms change anywhere in the model. */
  epoch: z.int().min(0),
  /** retired: the model was deleted; routers answer 404 and forget it. */
  state: z.enum(['active', 'retired']),
  protocol: z.enum(['open-inference', 'raw']),
  timeoutMs: z.int().positive(),
  stable: name,
  versions: z.record(name, version),
  /** The model's salt: slices are cut by it. */
  salt: z.string().min(1),
  metrics,
  /** Quotients of these metrics. */
  ratios: ratios.optional(),
  /** What the router keeps of bodies, resolved from the manifest's `capture` and the needs of metrics and shadows. */
  capture: z.object({
    request: z.boolean(),
    response: z.boolean(),
    maxBytes: z.int().positive(),
    /** JSON paths ($.inputs[*].data) whose values are replaced by null before the record leaves the router. */
    redact: z.array(z.string()),
  }),
  slices: z.array(slice),
  /** Lasting targets without an experiment, the first that fits wins. */
  targets: z.array(z.object({ when, version: name })),
  /** Units that get a version by name; absent: none. */
  overrides: z.record(z.string(), name).optional(),
  /** The last part of the model's units, which no slice gets, whatever its bounds; absent: none. */
  holdoutBps: basisPoints.optional(),
  /** Units of the lists that a `when` above names. */
  lists: z.record(name, z.array(z.string())),
  publishedAt: instant,
});

export type PolicyPublished = z.infer<typeof schema>;
export type PolicySlice = z.infer<typeof slice>;
export type PolicyVersion = z.infer<typeof version>;

export const policyPublished = defineEvent<PolicyPublished>({
  topic: 'weir.policy-published.v1',
  schema,
  key: (event) => event.model,
});
