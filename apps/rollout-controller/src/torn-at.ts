// The window that holds a rollout up at its place: the comparator's where answers are compared, else the collector's.
import { type Judgement } from './domain/judgement';
import { mirroredAt } from './domain/mirrored';
import { placeOf, serves, type Rollout } from './domain/rollout';
import { type TornWindow } from './domain/torn-window';
import { type Tx } from './ports';

/** Of a rollout that serves: the others wait for nothing. */
export async function tornAt(
  { evidence, pairs }: Pick<Tx, 'evidence' | 'pairs'>,
  { id, spec, state }: Rollout,
  { through, comparison }: Judgement,
): Promise<TornWindow | undefined> {
  if (!serves(state)) return undefined;
  return mirroredAt(spec, placeOf(state))
    ? pairs.tornAfter(id, state.attempt, comparison?.through?.index ?? -1)
    : evidence.tornAfter(id, state.attempt, through?.index ?? -1);
}
