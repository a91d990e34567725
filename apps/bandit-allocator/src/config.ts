// The allocator's configuration: environment variables, read once in main.ts.
import { loadConfig, variables } from '@weir/service';
import { z } from 'zod';

export const group = 'bandit-allocator';

const schema = z
  .object({
    PORT: variables.port(8084),
    HOST: variables.host,
    LOG_LEVEL: variables.logLevel,
    KAFKA_BROKERS: variables.kafkaBrokers,
    DATABASE_URL: variables.databaseUrl,
    WEIR_TOPIC_PREFIX: variables.topicPrefix,
    WEIR_DATABASE_SCHEMA: variables.databaseSchema('bandit_allocator'),
    WEIR_PROFILE: variables.profile,
    /** Days for which outcomes are kept, so that none is learnt from twice. */
    WEIR_BANDIT_RETENTION_DAYS: z.coerce.number().int().min(1).max(90).default(8),
  })
  .transform((env) => ({
    ...{ port: env.PORT, host: env.HOST, logLevel: env.LOG_LEVEL, kafkaBrokers: env.KAFKA_BROKERS },
    ...{ databaseUrl: env.DATABASE_URL, topicPrefix: env.WEIR_TOPIC_PREFIX, databaseSchema: env.WEIR_DATABASE_SCHEMA },
    /** Reads are anybody's where the service listens to its own machine only. */
    readAuth: env.WEIR_PROFILE === 'local' ? ('off' as const) : ('required' as const),
    retentionDays: env.WEIR_BANDIT_RETENTION_DAYS,
  }));

export type AllocatorConfig = Readonly<z.output<typeof schema>>;

export function readConfig(env: Readonly<Record<string, string | undefined>>): AllocatorConfig {
  return loadConfig(schema, env);
}
