// What a person may tell a rollout, and the body that says why.
import { z } from 'zod';
import { name } from './identifiers';

export const rolloutAction = z.enum([
  'pause',
  'resume',
  'promote',
  'promote-full',
  'abort',
  'retry',
  'approve',
  'reject',
]);

export type RolloutAction = z.infer<typeof rolloutAction>;

/** The body of POST /api/v1/rollouts/{id}/{action}. */
export const rolloutCommand = z.strictObject({
  reason: z.string().trim().min(1).max(500),
  /** The rollout's revision that the sender saw; another one in force is a 409. */
  expectedRevision: z.int().min(1).optional(),
  /** The version meant, where several could be. */
  version: name.optional(),
});

export type RolloutCommand = z.infer<typeof rolloutCommand>;

/** The body of POST /api/v1/models/{name}/rollback. */
export const rollbackCommand = z.strictObject({ reason: z.string().trim().min(1).max(500) });

/** The body of POST /api/v1/keys. */
export const createKey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(['viewer', 'operator', 'admin', 'producer']),
  expiresAt: z.iso.datetime().optional(),
});
