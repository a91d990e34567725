// What of a stage is asked of candidates beside stable and compared: a shadow stage as a whole, of blue-green its preview.
import { type Mirror, type RolloutManifest, type Stage } from '@weir/contracts';
import { switchStepOf } from './green';
import { type Place } from './rollout';

/** What the comparison is made by, and what of it decides. */
export type Mirrored = Pick<
  Mirror,
  'sampleBps' | 'minPairs' | 'minCoverageBps' | 'compare' | 'segments' | 'limits' | 'pace' | 'decides'
>;

/** Undefined: the stage compares nothing. */
export function mirroredIn(stage: Stage | undefined): Mirrored | undefined {
  if (stage?.kind === 'shadow') return { ...stage, decides: 'all' };
  return stage?.kind === 'blueGreen' ? stage.mirror : undefined;
}

/** While it is asked: of blue-green the preview only. */
export function mirroredAt(
  { stages }: Pick<RolloutManifest, 'stages'>,
  at: Pick<Place, 'stage' | 'step'>,
): Mirrored | undefined {
  const stage = stages[at.stage];
  return stage?.kind === 'blueGreen' && switchStepOf(at) !== 'preview' ? undefined : mirroredIn(stage);
}
