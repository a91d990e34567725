// kind: Model - a model's versions, where they run, and what its outcomes mean; the body of PUT /api/v1/models/{name}.
import { z } from 'zod';
import { name } from './identifiers';
import { builtInMetrics, type Metric, type Ratio } from './metric';
import { overrides } from './overrides';
import { byteSize, duration, share } from './quantities';
import { serverAuth } from './server-auth';
import { dialledUrl, instanceUrl } from './server-url';
import { when } from './when';

/** A model's name or version on its server: one path segment. */
const serverName = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._~:@+-]{1,128}$/, 'one path segment of letters, digits and . _ ~ : @ + -');

const version = z.strictObject({
  /** None: its instances come to it by a rolling update. */
  instances: z.array(instanceUrl).max(200).default([]),
  modelName: serverName.optional(),
  modelVersion: serverName.optional(),
  /** false: a call of it does something (writes, sends, learns): it may not be called beside stable. */
  shadowSafe: z.boolean().optional(),
  /** Sent to every instance of the version; the value is looked up by each router. */
  auth: serverAuth.optional(),
});

const timed = {
  direction: z.enum(['up', 'down']).default('up'),
  per: z.enum(['prediction', 'unit']).default('prediction'),
  within: duration,
  missing: z.enum(['ignore', 'zero']).default('ignore'),
  covariate: name.optional(),
};
const combine = z.enum(['last', 'sum']).default('last');
const bounds = z
  .strictObject({ min: z.number(), max: z.number() })
  .refine(({ min, max }) => min < max, { message: 'min is not below max', path: ['max'] });
const jsonPath = z.string().regex(/^\$[^\s]{1,255}$/, 'a JSON path such as $.usage.total_tokens');

const truth = z.strictObject({ type: z.literal('truth'), output: z.string().min(1).max(128), ...timed });
const binary = z.strictObject({ type: z.literal('binary'), ...timed, combine });
const numeric = z.strictObject({ type: z.literal('numeric'), ...timed, combine, bounds: bounds.optional() });
const output = z
  .strictObject({
    type: z.literal('output'),
    output: z.string().min(1).max(128).optional(),
    from: jsonPath.optional(),
    direction: z.enum(['up', 'down']).default('up'),
  })
  .refine((metric) => (metric.output === undefined) !== (metric.from === undefined), 'needs either output or from');

const ratio = z.strictObject({
  type: z.literal('ratio'),
  numerator: name,
  denominator: name,
  direction: z.enum(['up', 'down']).default('up'),
});

type Declared = Metric | z.infer<typeof ratio>;

const metricManifest = z
  .discriminatedUnion('type', [truth, binary, numeric, output, ratio])
  .transform((metric): Declared => {
    if (metric.type === 'output' || metric.type === 'ratio') return metric;
    const { within, ...rest } = metric;
    return { ...rest, withinMs: within };
  });

const taken = new Set<string>([...builtInMetrics, 'latency']);

const declaredMetrics = z
  .record(name, metricManifest)
  .superRefine((metrics, context) => {
    for (const declared of Object.keys(metrics).filter((key) => taken.has(key)))
      context.addIssue({ code: 'custom', path: [declared], message: 'exists for every model and cannot be declared' });
    if (Object.keys(metrics).length > 50) context.addIssue({ code: 'custom', message: 'at most 50 metrics' });
    for (const [declared, metric] of Object.entries(metrics)) {
      const problems =
        metric.type === 'ratio' ? problemsOfParts(metric, metrics) : problemsOfCovariate(metric, metrics);
      for (const { part, message } of problems) context.addIssue({ code: 'custom', path: [declared, part], message });
    }
  })
  .default({});

/** A part must have values of its own that are numbers, and be another than the other. */
function problemsOfParts(
  ratioOf: Pick<Ratio, 'numerator' | 'denominator'>,
  metrics: Readonly<Record<string, Declared>>,
): { part: 'numerator' | 'denominator'; message: string }[] {
  const parts = (['numerator', 'denominator'] as const).flatMap((part) => {
    const metric = Object.hasOwn(metrics, ratioOf[part]) ? metrics[ratioOf[part]] : undefined;
    if (metric === undefined) return [{ part, message: `no metric ${ratioOf[part]} is declared` }];
    return metric.type === 'ratio' ? [{ part, message: `${ratioOf[part]} is a ratio itself` }] : [];
  });
  if (parts.length > 0 || ratioOf.numerator !== ratioOf.denominator) return parts;
  return [{ part: 'denominator', message: 'is the numerator' }];
}

/** What foretells a metric must have values of its own. */
function problemsOfCovariate(
  metric: Metric,
  metrics: Readonly<Record<string, Declared>>,
): { part: 'covariate'; message: string }[] {
  const covariate = metric.type === 'output' ? undefined : metric.covariate;
  if (covariate === undefined) return [];
  const named = Object.hasOwn(metrics, covariate) ? metrics[covariate] : undefined;
  if (named === undefined) return [{ part: 'covariate', message: `no metric ${covariate} is declared` }];
  return named.type === 'ratio' ? [{ part: 'covariate', message: `${covariate} is a ratio, which has no past` }] : [];
}

/** A ratio has no values of its own to report, join or await: it is declared among the metrics and kept beside them. */
function split(declared: Readonly<Record<string, Declared>>): {
  metrics: Record<string, Metric>;
  ratios?: Record<string, Ratio>;
} {
  const metrics: Record<string, Metric> = {};
  const ratios: Record<string, Ratio> = {};
  for (const [key, metric] of Object.entries(declared)) {
    if (metric.type !== 'ratio') metrics[key] = metric;
    else {
      const { type: _, ...ratioOf } = metric;
      ratios[key] = ratioOf;
    }
  }
  return Object.keys(ratios).length > 0 ? { metrics, ratios } : { metrics };
}

const capture = z
  .strictObject({
    bodies: z.enum(['auto', 'always', 'never']).default('auto'),
    maxBytes: byteSize.default(65_536),
    redact: z.array(jsonPath).max(100).default([]),
  })
  .default({ bodies: 'auto', maxBytes: 65_536, redact: [] });

const versions = z.record(name, version).superRefine((all, context) => {
  const count = Object.keys(all).length;
  if (count < 1 || count > 50) context.addIssue({ code: 'custom', message: 'needs 1 to 50 versions' });
  for (const { path, problem } of repeatedServers(all)) context.addIssue({ code: 'custom', path, message: problem });
});

export const modelManifest = z
  .strictObject({
    kind: z.literal('Model').optional(),
    name: name.optional(),
    protocol: z.enum(['open-inference', 'raw']).default('open-inference'),
    timeout: duration.default(2_000).refine((ms) => ms <= 3_600_000, 'a timeout of at most 1h'),
    /** Read when the model is created; rollouts move it afterwards. */
    stable: name.optional(),
    versions,
    metrics: declaredMetrics,
    capture,
    /** The last part of the units: no rollout gets them, whatever its slice. */
    holdout: share.refine((bps) => bps <= 5_000, 'a holdout of at most 50%').optional(),
    overrides,
    /** Lasting targets, the first that fits wins: all there are. Absent: those that rollouts have won stay as they are. */
    targets: z
      .array(z.strictObject({ when, version: name }))
      .max(100)
      .optional(),
  })
  .transform(({ kind: _, timeout, metrics, ...rest }) => ({ ...rest, ...split(metrics), timeoutMs: timeout }))
  .superRefine(({ stable, versions: declared, overrides: forced = {}, targets = [] }, context) => {
    const require = (version: string, path: PropertyKey[]) => {
      if (Object.hasOwn(declared, version)) return;
      context.addIssue({ code: 'custom', path, message: 'is not one of the versions' });
    };
    if (stable !== undefined) require(stable, ['stable']);
    for (const [unit, version] of Object.entries(forced)) require(version, ['overrides', unit]);
    targets.forEach(({ version }, index) => require(version, ['targets', index, 'version']));
  });

export type ModelManifest = z.infer<typeof modelManifest>;

/** One server under the same name is one version: evidence about the other would be about this one. */
function repeatedServers(all: Record<string, z.infer<typeof version>>): { path: PropertyKey[]; problem: string }[] {
  const seen = new Map<string, string>();
  return Object.entries(all).flatMap(([key, { instances, modelName = '', modelVersion = '' }]) =>
    instances.flatMap((url, index) => {
      const server = `${dialledUrl(url)} ${modelName} ${modelVersion}`;
      const holder = seen.get(server);
      seen.set(server, holder ?? key);
      if (holder === undefined) return [];
      return [
        { path: [key, 'instances', index], problem: `the same server under the same name is ${holder}'s already` },
      ];
    }),
  );
}

/** The body of PUT /models/{model}/lists/{list}. */
export const unitList = z.strictObject({ units: z.array(z.string().min(1).max(256)).max(100_000) });
