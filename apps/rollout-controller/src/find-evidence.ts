// Whose evidence someone wants to look at: the rollout, the attempt and the metric, or a refusal that names what there is not.
import { type ExplorationQuery } from '@weir/contracts';
import { type Rollout } from './domain/rollout';
import { type Store } from './ports';
import { notFound } from './refusals';

type Readable = Pick<Store['read'], 'rollouts' | 'models'>;

/** Of every model; latency is its mean. */
const builtIn: readonly string[] = ['error-rate', 'client-error-rate', 'latency'];

export interface FoundEvidence {
  readonly rollout: Rollout;
  readonly attempt: number;
  readonly metric: string;
  readonly direction: 'up' | 'down';
  readonly alpha: number;
}

/** @throws Refused 404: no such rollout, attempt or metric. */
export async function findAttempt(
  { rollouts }: Pick<Readable, 'rollouts'>,
  id: string,
  asked: number | undefined,
): Promise<{ rollout: Rollout; attempt: number }> {
  const rollout = await rollouts.find(id);
  if (!rollout) throw notFound('rollout', id);
  const attempt = asked ?? rollout.state.attempt;
  if (attempt > rollout.state.attempt) throw notFound('attempt', String(attempt));
  return { rollout, attempt };
}

/** @throws Refused 404: no such rollout, attempt or metric. */
export async function findEvidence(
  read: Readable,
  id: string,
  { metric, attempt, alpha }: ExplorationQuery,
): Promise<FoundEvidence> {
  const found = await findAttempt(read, id, attempt);
  const model = await read.models.find(found.rollout.model);
  const declared: Record<string, { direction: 'up' | 'down' }> = {
    ...model?.manifest.metrics,
    ...model?.manifest.ratios,
  };
  const own = Object.hasOwn(declared, metric) ? declared[metric] : undefined;
  if (!own && !builtIn.includes(metric)) throw notFound('metric', metric);
  return { ...found, metric, alpha, direction: own?.direction ?? 'down' };
}
