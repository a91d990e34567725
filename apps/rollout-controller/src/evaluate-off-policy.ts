// What another allocation, or a version that only ran in shadow, would have earned on predictions that were logged.
import { crossFit, evaluateOffPolicy, type LoggedRow, type OffPolicyEstimate } from '@weir/bandits';
import { loggedPredictions, shadowedPredictions, type OffPolicyOrder, type OffPolicyView } from '@weir/contracts';
import { type z } from 'zod';
import { rowsOfWeights, rowsOfShadow, type ChosenRows } from './domain/logged-rows';
import { offPolicySentence } from './domain/off-policy-words';
import { type Store } from './ports';
import { invalid, notFound, Refused } from './refusals';

/** Reads of the services that keep the records, by the caller's own key. */
export interface Logs {
  readonly collector: Read;
  readonly comparator: Read;
}

type Read = (path: string) => Promise<unknown>;

export class EvaluateOffPolicy {
  constructor(private readonly store: Store) {}

  async of(name: string, order: OffPolicyOrder, logs: Logs): Promise<OffPolicyView> {
    const model = await this.store.read.models.find(name);
    if (model?.state !== 'active') throw notFound('model', name);
    const { metrics, versions } = model.manifest;
    if (!Object.hasOwn(metrics, order.metric) || metrics[order.metric]?.type === 'output')
      throw notFound('metric with outcomes', order.metric);
    const strangers = versionsOf(order).filter((version) => !Object.hasOwn(versions, version));
    if (strangers.length > 0)
      throw invalid(
        'unknown-version',
        strangers.map((each) => ({ path: 'weights', message: `${name} has no version ${each}` })),
      );
    const logged = await read(logs.collector, loggedPredictions, 'logged', queryOf(name, order));
    const chosen =
      order.shadow === undefined
        ? rowsOfWeights(logged, order, await this.store.read.models.lists(name))
        : rowsOfShadow(
            logged,
            (
              await read(logs.comparator, shadowedPredictions, 'shadowed', {
                ...queryOf(name, order),
                shadow: order.shadow,
              })
            ).predictions,
          );
    return viewOf(name, order, logged.direction, chosen);
  }
}

function versionsOf({ weights, segments = [], shadow }: OffPolicyOrder): string[] {
  const shares = [weights ?? {}, ...segments.map((segment) => segment.weights)];
  return [...new Set([...shares.flatMap((all) => Object.keys(all)), ...(shadow === undefined ? [] : [shadow])])];
}

function queryOf(model: string, { metric, rollout, since, until, limit }: OffPolicyOrder): Record<string, string> {
  const window = Object.entries({ rollout, since, until }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { model, metric, limit: String(limit), ...Object.fromEntries(window) };
}

async function read<T>(from: Read, schema: z.ZodType<T>, what: string, query: Record<string, string>): Promise<T> {
  const parsed = schema.safeParse(await from(`/api/v1/${what}?${new URLSearchParams(query).toString()}`));
  if (parsed.success) return parsed.data;
  throw new Refused(
    'collector-away',
    `what was read of the log is not what it promises: ${parsed.error.issues[0]?.message}`,
  );
}

function viewOf(
  model: string,
  { metric, clip }: OffPolicyOrder,
  direction: 'up' | 'down',
  chosen: ChosenRows,
): OffPolicyView {
  const rows = evaluable(chosen);
  const estimate = rows.some(({ targetProbability }) => targetProbability > 0) ? evaluateOffPolicy(rows, clip) : null;
  const logged = rows.length > 0 ? loggedMean(rows) : null;
  const { from, to, leftOut, method } = chosen;
  return {
    ...{ model, metric, direction, method, from, to, rows: rows.length, leftOut, logged },
    estimate: estimate && {
      ...estimate,
      clip: clip ?? null,
      standardErrors: { ...estimate.standardErrors },
      refusals: [...estimate.refusals],
    },
    usable: estimate?.usable ?? false,
    sentence: offPolicySentence({ metric, method, rows: rows.length, leftOut, logged, estimate }),
  };
}

/** With what a model of rewards predicts, where there are arms to predict for. */
function evaluable({ rows, decisions }: ChosenRows): readonly LoggedRow[] {
  return decisions.length > 0 ? crossFit(decisions) : rows;
}

function loggedMean(rows: readonly LoggedRow[]): { mean: number; standardError: number | null } {
  const asItWas = rows.map(({ reward, unit }) => ({ reward, propensity: 1, targetProbability: 1, unit }));
  const { ips, standardErrors }: OffPolicyEstimate = evaluateOffPolicy(asItWas);
  return { mean: ips, standardError: standardErrors.ips };
}
