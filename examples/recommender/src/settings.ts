// What the driver is told: addresses by the environment, behaviour by flags. All faults at once.
import { parseArgs } from 'node:util';
import { z } from 'zod';

const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));

const environment = z.object({
  WEIR_ROUTER: z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim().replace(/\/+$/, ''))
        .filter(Boolean),
    )
    .pipe(z.array(z.string()).min(1)),
  WEIR_COLLECTOR: url,
  WEIR_CONTROLLER: url,
  WEIR_API_KEY: z.string().min(1),
  WEIR_PRODUCER_AUTH: z.enum(['off', 'required']).default('off'),
  WEIR_STATE_DIR: z.string().min(1).default('.weir'),
  WEIR_RECOMMENDER_V1: url.default('http://127.0.0.1:9111'),
  WEIR_RECOMMENDER_V2: url.default('http://127.0.0.1:9112'),
  WEIR_RECOMMENDER_V3: url.default('http://127.0.0.1:9113'),
});

const flags = z.object({
  once: z.boolean().default(false),
  only: z.literal('recommender').optional(),
  rate: z.coerce.number().positive().max(2_000).default(100),
  seed: z.coerce.number().int().min(0).default(1),
});

export type Settings = z.infer<typeof environment> & z.infer<typeof flags>;

export function readSettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings {
  const told = environment.safeParse(env);
  const text = { type: 'string' } as const;
  const asked = flags.safeParse(
    parseArgs({ args: [...args], options: { once: { type: 'boolean' }, only: text, rate: text, seed: text } }).values,
  );
  if (told.success && asked.success) return { ...told.data, ...asked.data };
  const issues = [told.error, asked.error].flatMap((error) => error?.issues ?? []);
  throw new Error(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
}
