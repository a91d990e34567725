// Applied: the least revision of a model's policy among the routers heard from.

export interface Heard {
  readonly router: string;
  readonly models: Readonly<Record<string, { readonly revision: number }>>;
}

/** Undefined where no router is heard from. A router that does not know the model serves by nothing: revision 0. */
export function appliedRevision(routers: readonly Heard[], model: string): number | undefined {
  if (routers.length === 0) return undefined;
  return Math.min(...routers.map(({ models }) => (Object.hasOwn(models, model) ? (models[model]?.revision ?? 0) : 0)));
}
