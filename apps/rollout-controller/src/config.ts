// The controller's environment.
import { modelServerVariables, secretVariables } from '@weir/open-inference';
import { variables } from '@weir/service';
import { z } from 'zod';

/** Loose: the names of secrets are the manifests'. */
export const configSchema = z
  .looseObject({
    PORT: variables.port(8082),
    HOST: variables.host,
    LOG_LEVEL: variables.logLevel,
    KAFKA_BROKERS: variables.kafkaBrokers,
    DATABASE_URL: variables.databaseUrl,
    WEIR_DATABASE_SCHEMA: variables.databaseSchema('rollout_controller'),
    WEIR_TOPIC_PREFIX: variables.topicPrefix,
    WEIR_PROFILE: variables.profile,
    WEIR_COLLECTOR_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8081'),
    WEIR_COMPARATOR_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8083'),
    WEIR_ALLOCATOR_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8084'),
    WEIR_BOOTSTRAP_ADMIN_KEY: z
      .string()
      .regex(
        /^weir_[A-Za-z0-9-]{1,64}_[A-Za-z0-9_-]{32,256}$/,
        'weir_<id>_<secret> with at least 32 characters of secret',
      )
      .optional(),
    /** Comma separated host names, `*.suffixes`, addresses and CIDR ranges. */
    WEIR_EGRESS_ALLOW: variables.list.default([]),
    WEIR_SECRETS_DIR: modelServerVariables.WEIR_SECRETS_DIR,
    WEIR_MODEL_CA_FILE: modelServerVariables.WEIR_MODEL_CA_FILE,
  })
  .transform((env) => ({
    port: env.PORT,
    host: env.HOST,
    logLevel: env.LOG_LEVEL,
    bus: { brokers: env.KAFKA_BROKERS, clientId: 'rollout-controller', topicPrefix: env.WEIR_TOPIC_PREFIX },
    database: { url: env.DATABASE_URL, schema: env.WEIR_DATABASE_SCHEMA },
    egress: { profile: env.WEIR_PROFILE, allow: env.WEIR_EGRESS_ALLOW },
    collectorUrl: env.WEIR_COLLECTOR_URL,
    comparatorUrl: env.WEIR_COMPARATOR_URL,
    allocatorUrl: env.WEIR_ALLOCATOR_URL,
    bootstrapAdminKey: env.WEIR_BOOTSTRAP_ADMIN_KEY,
    secretsDirectory: env.WEIR_SECRETS_DIR,
    secrets: secretVariables(textsOf(env)),
    modelCaFile: env.WEIR_MODEL_CA_FILE,
  }));

export type ControllerConfig = z.infer<typeof configSchema>;

function textsOf(env: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
