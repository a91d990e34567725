// A bandit that is submitted again, with an arm more or less: what it has learnt of the others goes on.
import { type BanditStage, type RolloutManifest } from '@weir/contracts';
import { same } from './canonical';
import { serves, type Learning, type Rollout } from './rollout';

/** Further submissions than this ago are forgotten: by then they would count next to nothing. */
const mostPlaces = 20;

/** The places whose outcomes a rollout of this specification learns from too, oldest first: none where they tell of something else. */
export function continuedFrom(before: Rollout, spec: RolloutManifest, baseline: string): readonly Learning[] {
  const { id, state } = before;
  if (!serves(state) || before.baseline !== baseline || !same(before.spec.slice, spec.slice)) return [];
  const [was, is] = [before.spec.stages[state.at.stage], spec.stages[0]];
  if (was?.kind !== 'bandit' || is?.kind !== 'bandit' || !same(taughtBy(was), taughtBy(is))) return [];
  const own: Learning = { rollout: id, attempt: state.attempt, stage: state.at.stage };
  return [...(state.at.continues ?? []), own].slice(-mostPlaces);
}

/** Outcomes of another metric, of other callers, or kept in other sums, are not those of the new bandit. */
function taughtBy({ metric, halfLifeMs, context, when }: BanditStage): unknown {
  return { metric, halfLifeMs, context, when };
}
