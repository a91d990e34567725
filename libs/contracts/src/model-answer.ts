// What the controller answers about models, lists and keys.
import { z } from 'zod';
import { instant, name } from './identifiers';
import { role } from './key-published.v1';
import { metrics, ratios } from './metric';
import { when } from './when';

export const modelView = z.object({
  name,
  protocol: z.enum(['open-inference', 'raw']),
  timeoutMs: z.int(),
  stable: name,
  /** Where `rollback` would go; null where no other version was stable before. */
  previousStable: name.nullable(),
  versions: z.record(
    name,
    z.object({
      instances: z.array(z.string()),
      modelName: z.string().optional(),
      modelVersion: z.string().optional(),
      shadowSafe: z.boolean().optional(),
      auth: z.object({ header: z.string(), secretRef: z.string() }).optional(),
    }),
  ),
  metrics,
  /** Quotients of two of the metrics; absent: none is declared. */
  ratios: ratios.optional(),
  capture: z.object({ bodies: z.string(), maxBytes: z.int(), redact: z.array(z.string()) }),
  /** Lasting targets of segments, the first that fits wins. */
  targets: z.array(z.object({ when, version: name })),
  /** Units that get a version by name, always. */
  overrides: z.record(z.string(), name),
  /** Of the units: no rollout gets them. */
  holdoutBps: z.int(),
  /** Number of units by list. */
  lists: z.record(name, z.int()),
  /** What routers are told to serve by. */
  policy: z.object({ revision: z.int(), epoch: z.int() }),
  createdAt: instant,
  updatedAt: instant,
});

export type ModelView = z.infer<typeof modelView>;

/** `ignored`: fields of the manifest that were not followed (stable, once the model exists). */
export const putModelAnswer = modelView.extend({ ignored: z.array(z.string()) });

export const listAnswer = z.object({ model: name, list: name, units: z.int() });

export const keyView = z.object({
  id: z.string(),
  name: z.string(),
  role,
  state: z.enum(['active', 'revoked']),
  expiresAt: instant.optional(),
  createdBy: z.string(),
  createdAt: instant,
});

export type KeyView = z.infer<typeof keyView>;

/** `key` is shown here and never again. */
export const createKeyAnswer = keyView.extend({ key: z.string() });
