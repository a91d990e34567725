// One sentence that says what an off-policy estimate found, and whether it may be used.
import { type OffPolicyEstimate } from '@weir/bandits';
import { type OffPolicyView } from '@weir/contracts';

export interface Evaluated extends Pick<OffPolicyView, 'metric' | 'method' | 'rows' | 'leftOut' | 'logged'> {
  readonly estimate: OffPolicyEstimate | null;
}

export function offPolicySentence({ metric, method, rows, leftOut, logged, estimate }: Evaluated): string {
  const left = leftOut > 0 ? `; ${leftOut} say nothing of it` : '';
  if (!estimate || !logged) return `${rows} logged predictions can say what ${metric} would have been${left}.`;
  if (!estimate.usable) return `Not to be used: ${estimate.refusals.join('; ')} (${rows} logged predictions${left}).`;
  const { mean, error } = bestOf(estimate);
  const how = {
    weights: 'by the probabilities of what was chosen',
    'same-answers': 'where the shadow answered alike',
    'judged-answers': 'by its own answers, held against the truth',
  }[method];
  return `${metric} would have been ${told(mean)} ± ${error === null ? '?' : told(1.96 * error)} instead of ${told(logged.mean)}, over ${rows} logged predictions${left}: ${how}.`;
}

/** Doubly robust where there is a model of rewards, else self-normalised. */
function bestOf({ dr, snips, standardErrors }: OffPolicyEstimate): { mean: number; error: number | null } {
  return dr === undefined
    ? { mean: snips, error: standardErrors.snips }
    : { mean: dr, error: standardErrors.dr ?? null };
}

const told = (value: number): string => String(Number(value.toPrecision(3)));
