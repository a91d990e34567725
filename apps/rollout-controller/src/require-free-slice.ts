// Rollouts on one model hold disjoint slices of its units.
import { holdsSlice, type Rollout } from './domain/rollout';
import { type Tx } from './ports';
import { Refused } from './refusals';

type Wanting = Pick<Rollout, 'id' | 'model' | 'name' | 'spec'>;

/** @throws Refused slice-taken naming who holds it. `gives-way`: a rollout of the same name will be superseded or waited for. */
export async function requireFreeSlice(
  tx: Tx,
  wanting: Wanting,
  { sameName }: { sameName: 'blocks' | 'gives-way' },
): Promise<void> {
  const { from, to } = wanting.spec.slice;
  const holders = (await tx.rollouts.liveOf(wanting.model)).filter(
    (other) =>
      other.id !== wanting.id &&
      holdsSlice(other) &&
      (other.name === wanting.name ? sameName === 'blocks' : other.spec.slice.from < to && from < other.spec.slice.to),
  );
  if (holders.length === 0) return;
  const names = holders.map((other) => `${other.name} (${other.id}) holds ${percent(other.spec.slice)}`);
  throw new Refused(
    'slice-taken',
    names.join('; '),
    names.map((message) => ({ path: 'slice', message })),
  );
}

function percent({ from, to }: { from: number; to: number }): string {
  return `${from / 100}% to ${to / 100}%`;
}
