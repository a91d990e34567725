// What the driver is told: addresses by the environment, behaviour by flags. All faults at once.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type ModelServers, type PartName, partNames } from './rollout/manifests';

export interface Settings {
  readonly routers: readonly string[];
  readonly collector: string;
  readonly controller: string;
  readonly apiKey: string;
  /** Whether router and collector ask for the key. Where they do not, it stays away from the model servers behind them. */
  readonly producerAuth: boolean;
  readonly stateDir: string;
  /** Without brokers all predictions go over HTTP, and --once cannot count what is in Kafka. */
  readonly kafka: { readonly brokers: readonly string[]; readonly topicPrefix: string } | undefined;
  readonly servers: ModelServers;
  /** Drive the rollout to its end, reconcile, exit. */
  readonly once: boolean;
  /** One part of it. */
  readonly only: PartName | undefined;
  readonly ratePerSecond: number;
  readonly seed: number;
}

const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

const environment = z.object({
  WEIR_ROUTER: list.pipe(z.array(url).min(1)),
  WEIR_COLLECTOR: url,
  WEIR_CONTROLLER: url,
  WEIR_API_KEY: z.string().min(1),
  WEIR_PRODUCER_AUTH: z.enum(['off', 'required']).default('off'),
  WEIR_STATE_DIR: z.string().min(1).default('.weir'),
  KAFKA_BROKERS: list.optional(),
  WEIR_TOPIC_PREFIX: z.string().default(''),
  WEIR_EXAMPLE_V1: url.default('http://127.0.0.1:9101'),
  WEIR_EXAMPLE_V2: url.default('http://127.0.0.1:9102'),
  WEIR_EXAMPLE_V3: url.default('http://127.0.0.1:9103'),
});

const flags = z.object({
  once: z.boolean().default(false),
  only: z.enum(partNames).optional(),
  rate: z.coerce.number().positive().max(5_000).default(100),
  seed: z.coerce.number().int().min(0).default(1),
});

export function readSettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings {
  const told = environment.safeParse(env);
  const asked = flags.safeParse(flagsIn(args));
  if (!told.success || !asked.success) throw new Error(faultsOf([told.error, asked.error]));
  const { data } = told;
  return {
    routers: data.WEIR_ROUTER,
    collector: data.WEIR_COLLECTOR,
    controller: data.WEIR_CONTROLLER,
    apiKey: data.WEIR_API_KEY,
    producerAuth: data.WEIR_PRODUCER_AUTH === 'required',
    stateDir: data.WEIR_STATE_DIR,
    kafka: data.KAFKA_BROKERS && { brokers: data.KAFKA_BROKERS, topicPrefix: data.WEIR_TOPIC_PREFIX },
    servers: data,
    once: asked.data.once,
    only: asked.data.only,
    ratePerSecond: asked.data.rate,
    seed: asked.data.seed,
  };
}

function flagsIn(args: readonly string[]): unknown {
  const text = { type: 'string' } as const;
  const options = { once: { type: 'boolean' }, only: text, rate: text, seed: text } as const;
  return parseArgs({ args: [...args], options }).values;
}

function faultsOf(errors: readonly (z.ZodError | undefined)[]): string {
  const issues = errors.flatMap((error) => error?.issues ?? []);
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}
