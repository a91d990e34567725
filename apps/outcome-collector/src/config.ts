// The collector's configuration: environment variables, read once in main.ts.
import { loadConfig, variables } from '@weir/service';
import { z } from 'zod';

export const group = 'outcome-collector';

const schema = z
  .object({
    PORT: variables.port(8081),
    HOST: variables.host,
    LOG_LEVEL: variables.logLevel,
    KAFKA_BROKERS: variables.kafkaBrokers,
    DATABASE_URL: variables.databaseUrl,
    REDIS_URL: variables.redisUrl,
    WEIR_TOPIC_PREFIX: variables.topicPrefix,
    WEIR_DATABASE_SCHEMA: variables.databaseSchema('outcome_collector'),
    WEIR_PROFILE: variables.profile,
    WEIR_PRODUCER_AUTH: variables.producerAuth,
    /** Days for which predictions and outcomes are kept; a metric's `within` beyond it finds nothing to join. */
    WEIR_RETENTION_DAYS: z.coerce.number().int().min(2).max(400).default(30),
  })
  .transform((env) => ({
    ...{ port: env.PORT, host: env.HOST, logLevel: env.LOG_LEVEL, kafkaBrokers: env.KAFKA_BROKERS },
    ...{ databaseUrl: env.DATABASE_URL, redisUrl: env.REDIS_URL, topicPrefix: env.WEIR_TOPIC_PREFIX },
    databaseSchema: env.WEIR_DATABASE_SCHEMA,
    retentionDays: env.WEIR_RETENTION_DAYS,
    producerAuth: env.WEIR_PRODUCER_AUTH ?? (env.WEIR_PROFILE === 'local' ? ('off' as const) : ('required' as const)),
  }));

export type CollectorConfig = z.output<typeof schema>;

export function readConfig(env: Readonly<Record<string, string | undefined>>): Readonly<CollectorConfig> {
  return loadConfig<CollectorConfig>(schema, env);
}
