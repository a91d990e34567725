// What the controller answers about routers.
import { z } from 'zod';
import { instant } from './identifiers';

export const routerView = z.object({
  router: z.string(),
  /** By model: the policy in force there. */
  models: z.record(z.string(), z.object({ revision: z.int(), source: z.enum(['live', 'disk']) })),
  heardAt: instant,
});

export type RouterView = z.infer<typeof routerView>;
