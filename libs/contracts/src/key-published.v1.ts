// An API key's digest and role, so that router and collector can admit producers without a database.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { instant } from './identifiers';

export const role = z.enum(['viewer', 'operator', 'admin', 'producer']);

export type Role = z.infer<typeof role>;

const schema = z.object({
  /** The public half of the key: `weir_<id>_<secret>`. */
  id: z.string().min(1),
  name: z.string().min(1),
  /** sha256 of the secret half (256 random bits), hexadecimal. */
  sha256: z.string().length(64),
  role,
  state: z.enum(['active', 'revoked']),
  expiresAt: instant.optional(),
  at: instant,
});

export type KeyPublished = z.infer<typeof schema>;

export const keyPublished = defineEvent<KeyPublished>({
  topic: 'weir.key-published.v1',
  schema,
  key: (event) => event.id,
});
