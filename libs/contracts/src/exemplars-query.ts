// What is asked of exemplars: the pairs in which a shadow differs. The comparator answers, the controller passes it on.
import { z } from 'zod';
import { name } from './identifiers';

export const rolloutId = z.string().min(1).max(128);

export const exemplarsQuery = z.strictObject({
  rollout: rolloutId,
  attempt: z.coerce.number().int().min(1).optional(),
  stage: z.coerce.number().int().min(0).optional(),
  shadow: name.optional(),
  /** As `kind` of an exemplar says it: `label: label`. */
  kind: z.string().min(1).max(300).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export type ExemplarsQuery = z.infer<typeof exemplarsQuery>;
