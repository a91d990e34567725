// The router's environment: every variable with its meaning and default.
import { hostname } from 'node:os';
import { z } from 'zod';
import { modelServerVariables, secretVariables } from '@weir/open-inference';
import { availableCores, loadConfig, variables } from '@weir/service';

const schema = z
  .object({
    PORT: variables.port(8080),
    HOST: variables.host,
    LOG_LEVEL: variables.logLevel,
    KAFKA_BROKERS: variables.kafkaBrokers,
    WEIR_TOPIC_PREFIX: variables.topicPrefix,
    WEIR_PROFILE: variables.profile,
    WEIR_PRODUCER_AUTH: variables.producerAuth,
    /** durable: the record is on disk before the answer is given. */
    WEIR_EVENTS: z.enum(['buffered', 'durable']).default('buffered'),
    /** The last known good policy and the journal of events; a folder of this router alone. */
    WEIR_DATA_DIR: z.string().min(1).default('.weir/router'),
    WEIR_ROUTER_ID: z.string().min(1).max(200).default(hostname()),
    /** Topics that answers may be copied to; `*` stands for any characters. */
    WEIR_REPLY_TOPICS: variables.list.default(['weir.reply.*']),
    ...modelServerVariables,
    /** Processes that serve, sharing the port; above one, another process keeps their policies. Default: the cores that may be used. */
    WEIR_WORKERS: z.coerce.number().int().min(1).max(64).optional(),
    /** Of the journal on disk, all workers together; above it the newest records are dropped, counted and warned of. */
    WEIR_JOURNAL_MAX_BYTES: z.coerce
      .number()
      .int()
      .min(1024 ** 2)
      .max(1024 ** 4)
      .default(512 * 1024 ** 2),
    /** Predictions under way at most, per worker. */
    WEIR_MAX_IN_FLIGHT: z.coerce.number().int().min(1).max(100_000).default(1_024),
    /** Of questions and answers in memory, per worker; beyond, predictions are refused. */
    WEIR_MAX_HELD_BYTES: z.coerce
      .number()
      .int()
      .min(1024 ** 2)
      .max(16 * 1024 ** 3)
      .default(128 * 1024 ** 2),
    /** The event loop's delay above which, when predictions keep it there, a share of them is refused, milliseconds; the default is as good as never. */
    WEIR_MAX_LAG_MS: z.coerce.number().int().min(1).max(10_000).default(10_000),
    /** Connections to one instance at most, per worker. */
    WEIR_MAX_CONNECTIONS: z.coerce.number().int().min(1).max(10_000).default(128),
    /** Who speaks HTTP with model servers: undici, or Weir's own client (docs/decisions/0022). */
    WEIR_MODEL_CLIENT: z.enum(['direct', 'undici']).default('direct'),
    /** Calls to one instance that are under way or wait for a connection, per worker; beyond, stable is asked, or nobody. */
    WEIR_MAX_PENDING: z.coerce.number().int().min(1).max(100_000).default(256),
    WEIR_MAX_RESPONSE_BYTES: z.coerce
      .number()
      .int()
      .min(1_024)
      .max(256 * 1024 ** 2)
      .default(8 * 1024 ** 2),
  })
  .transform((env) => ({
    port: env.PORT,
    host: env.HOST,
    logLevel: env.LOG_LEVEL,
    brokers: env.KAFKA_BROKERS,
    topicPrefix: env.WEIR_TOPIC_PREFIX,
    producerAuth: env.WEIR_PRODUCER_AUTH ?? (env.WEIR_PROFILE === 'local' ? 'off' : 'required'),
    durable: env.WEIR_EVENTS === 'durable',
    dataDirectory: env.WEIR_DATA_DIR,
    router: env.WEIR_ROUTER_ID,
    replyTopics: env.WEIR_REPLY_TOPICS,
    egress: { allowLoopback: env.WEIR_PROFILE === 'local', only: env.WEIR_EGRESS_ALLOW },
    secretsDirectory: env.WEIR_SECRETS_DIR,
    modelCaFile: env.WEIR_MODEL_CA_FILE,
    workers: env.WEIR_WORKERS ?? availableCores(),
    journalMaxBytes: env.WEIR_JOURNAL_MAX_BYTES,
    maxInFlight: env.WEIR_MAX_IN_FLIGHT,
    maxHeldBytes: env.WEIR_MAX_HELD_BYTES,
    maxLagMs: env.WEIR_MAX_LAG_MS,
    maxConnections: env.WEIR_MAX_CONNECTIONS,
    modelClient: env.WEIR_MODEL_CLIENT,
    maxPending: env.WEIR_MAX_PENDING,
    maxResponseBytes: env.WEIR_MAX_RESPONSE_BYTES,
  }));

export type Config = Readonly<z.infer<typeof schema>> & {
  /** The variables WEIR_SECRET_<NAME>, by name. */
  readonly secrets: Readonly<Record<string, string>>;
};

export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  return { ...loadConfig(schema, env), secrets: secretVariables(env) };
}
