// The comparator's configuration: environment variables, read once in main.ts.
import { modelServerVariables, secretVariables } from '@weir/open-inference';
import { loadConfig, variables } from '@weir/service';
import { z } from 'zod';

export const group = 'shadow-comparator';

const schema = z
  .object({
    PORT: variables.port(8083),
    HOST: variables.host,
    LOG_LEVEL: variables.logLevel,
    KAFKA_BROKERS: variables.kafkaBrokers,
    DATABASE_URL: variables.databaseUrl,
    WEIR_TOPIC_PREFIX: variables.topicPrefix,
    WEIR_DATABASE_SCHEMA: variables.databaseSchema('shadow_comparator'),
    WEIR_PROFILE: variables.profile,
    ...modelServerVariables,
    /** Who speaks HTTP with shadows: undici, or Weir's own client (docs/decisions/0022). */
    WEIR_MODEL_CLIENT: z.enum(['direct', 'undici']).default('direct'),
    /** Calls under way to one shadow version. */
    WEIR_SHADOW_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(16),
    /** The same where predictions are offered as they came (pace: live): what comes beyond is refused, not held back. */
    WEIR_SHADOW_LIVE_CONCURRENCY: z.coerce.number().int().min(1).max(10_000).default(256),
    /** Calls a second to one shadow version. */
    WEIR_SHADOW_RATE: z.coerce.number().min(0.1).max(100_000).default(1_000),
    /** Seconds within which the calls of a chunk of predictions must begin: a slow shadow delays others by no more. */
    WEIR_SHADOW_BUDGET_SECONDS: z.coerce.number().min(0.1).max(30).default(2),
    /** Seconds after which a prediction is not worth a call any more: after an outage the comparator catches up. */
    WEIR_SHADOW_MAX_AGE_SECONDS: z.coerce.number().min(1).max(86_400).default(60),
    /** Days for which results are kept, so that none counts twice. */
    WEIR_SHADOW_RETENTION_DAYS: z.coerce.number().int().min(1).max(90).default(8),
  })
  .transform((env) => ({
    ...{ port: env.PORT, host: env.HOST, logLevel: env.LOG_LEVEL, kafkaBrokers: env.KAFKA_BROKERS },
    ...{ databaseUrl: env.DATABASE_URL, topicPrefix: env.WEIR_TOPIC_PREFIX, databaseSchema: env.WEIR_DATABASE_SCHEMA },
    egress: { allowLoopback: env.WEIR_PROFILE === 'local', only: env.WEIR_EGRESS_ALLOW },
    /** Reads are anybody's where the service listens to its own machine only. */
    readAuth: env.WEIR_PROFILE === 'local' ? ('off' as const) : ('required' as const),
    secretsDirectory: env.WEIR_SECRETS_DIR,
    modelCaFile: env.WEIR_MODEL_CA_FILE,
    modelClient: env.WEIR_MODEL_CLIENT,
    concurrency: env.WEIR_SHADOW_CONCURRENCY,
    liveConcurrency: env.WEIR_SHADOW_LIVE_CONCURRENCY,
    ratePerSecond: env.WEIR_SHADOW_RATE,
    chunkBudgetMs: env.WEIR_SHADOW_BUDGET_SECONDS * 1_000,
    maxAgeMs: env.WEIR_SHADOW_MAX_AGE_SECONDS * 1_000,
    retentionDays: env.WEIR_SHADOW_RETENTION_DAYS,
  }));

export type ComparatorConfig = Readonly<z.output<typeof schema>> & {
  /** The variables WEIR_SECRET_<NAME>, by name. */
  readonly secrets: Readonly<Record<string, string>>;
};

export function readConfig(env: Readonly<Record<string, string | undefined>>): ComparatorConfig {
  return { ...loadConfig(schema, env), secrets: secretVariables(env) };
}
