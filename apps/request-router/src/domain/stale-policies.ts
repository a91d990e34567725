// Policies of which nobody knows whether they are the latest. They are served by all the same, and it is said.

export interface Stale {
  readonly models: readonly { readonly model: string; readonly stale: boolean }[];
  /** Since Kafka last said anything about policies. */
  readonly silentMs: number;
}

/** Kafka is asked every ten seconds; three times without an answer are no hiccup. */
const silenceMs = 30_000;

/** A policy from the disk is stale until the topic has confirmed or replaced it; while Kafka is silent all are. */
export function stalePolicies(
  policies: readonly { readonly model: string; readonly source: 'live' | 'disk' }[],
  silentMs: number,
): Stale {
  const models = policies.map(({ model, source }) => ({ model, stale: source === 'disk' || silentMs > silenceMs }));
  return { models, silentMs };
}

/** For those who look at /readyz; undefined: all is well. */
export function policyWorry({ models, silentMs }: Stale): string | undefined {
  if (models.length > 0 && silentMs > silenceMs)
    return `served by what was known: nothing was heard of policies for ${Math.round(silentMs / 1_000)} s`;
  const stale = models.filter((one) => one.stale).map(({ model }) => model);
  if (stale.length === 0) return undefined;
  const named = stale.slice(0, 5).join(', ') + (stale.length > 5 ? ` and ${stale.length - 5} more` : '');
  return `served by the last known good of the disk, which the topic has not confirmed: ${named}`;
}
