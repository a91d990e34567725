// The environment, read once by main.ts: every fault is named at once, so that one restart is enough to mend them.
import { readFileSync } from 'node:fs';
import { WeirError } from '@weir/contracts';
import { z } from 'zod';
import { toDetails } from './error-details';

/** Secrets that may come as a file (`DATABASE_URL_FILE=/run/secrets/database-url`). */
const secrets = ['DATABASE_URL', 'REDIS_URL', 'WEIR_BOOTSTRAP_ADMIN_KEY'] as const;

export class InvalidConfigError extends WeirError {
  constructor(problems: readonly string[]) {
    super('invalid-config', `invalid environment\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * An empty variable counts as absent: compose passes `${VAR:-}` as an empty string.
 * @throws InvalidConfigError naming each variable; values are not repeated, they may be secrets.
 */
export function loadConfig<T>(schema: z.ZodType<T>, env: Readonly<Record<string, string | undefined>>): Readonly<T> {
  const filled = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const problems = readSecretFiles(filled);
  const parsed = schema.safeParse(filled);
  if (!parsed.success) problems.push(...toDetails(parsed.error).map(({ path, message }) => `${path}: ${message}`));
  if (parsed.success && problems.length === 0) return Object.freeze(parsed.data);
  throw new InvalidConfigError(problems);
}

function readSecretFiles(env: Record<string, unknown>): string[] {
  const problems: string[] = [];
  for (const name of secrets) {
    const file = env[`${name}_FILE`];
    if (typeof file !== 'string') continue;
    if (env[name] !== undefined) problems.push(`${name}: set beside ${name}_FILE; one of them is too much`);
    try {
      env[name] = readFileSync(file, 'utf8').trim();
    } catch {
      problems.push(`${name}_FILE: the file cannot be read`);
    }
  }
  return problems;
}

/** The variables that several services know, so that they mean the same everywhere. */
export const variables = {
  port: (byDefault: number) => z.coerce.number().int().min(0).max(65_535).default(byDefault),
  host: z.string().min(1).default('0.0.0.0'),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Comma separated, blanks around entries and empty ones left out. */
  list: z.string().transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  ),
  /** host:port, comma separated. */
  kafkaBrokers: z
    .string()
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .pipe(z.array(z.string().regex(/^[^\s:]+:\d+$/, 'host:port, comma separated')).min(1)),
  databaseUrl: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'a URL such as postgres://user:password@host:5432/database',
  }),
  redisUrl: z.url({ protocol: /^rediss?$/, error: 'a URL such as redis://host:6379' }),
  topicPrefix: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{0,64}$/, 'letters, digits and . _ -')
    .default(''),
  databaseSchema: (byDefault: string) =>
    z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'lower-case letters, digits and _')
      .default(byDefault),
  profile: z.enum(['local', 'production']).default('production'),
  producerAuth: z.enum(['off', 'required']).optional(),
};
