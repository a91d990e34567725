// The verdicts of a rollout's queries, from what was read last.
import { queryGuardrails } from './domain/query-guardrails';
import { judgeReadings, type QueryVerdict } from './domain/reading';
import { type Rollout } from './domain/rollout';
import { type Store } from './ports';

/** @param now ISO instant: what was read too long before says nothing. */
export async function readVerdicts(
  { readings }: Pick<Store['read'], 'readings'>,
  { id, spec, state }: Rollout,
  now: string,
): Promise<QueryVerdict[]> {
  const guardrails = queryGuardrails(spec);
  return guardrails.length === 0 ? [] : judgeReadings(guardrails, await readings.of(id, state.attempt), state, now);
}
