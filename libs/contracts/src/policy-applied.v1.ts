// A router says which policy it serves by: on change, and every 5 s.
import { z } from 'zod';
import { defineEvent } from './define-event';
import { instant, name } from './identifiers';

const schema = z.object({
  router: z.string().min(1),
  models: z.record(name, z.object({ revision: z.int().min(0), source: z.enum(['live', 'disk']) })),
  /** stopping: this router answers no more predictions and is no longer waited for. */
  state: z.enum(['serving', 'stopping']),
  at: instant,
});

export type PolicyApplied = z.infer<typeof schema>;

export const policyApplied = defineEvent<PolicyApplied>({
  topic: 'weir.policy-applied.v1',
  schema,
  key: (event) => event.router,
});
