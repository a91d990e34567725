// Watches a shadow stage: what it has seen when it is over, and where the rollout stands then.
import { type Traffic } from '../traffic/traffic';
import { waitUntil } from '../wait-until';
import { type ControllerClient, type Flip, type RolloutView } from './controller-client';
import { type Sentence, sentencesIn } from './step-report';

export interface ShadowReport {
  readonly candidate: string;
  readonly durationMs: number;
  readonly pairs: number;
  readonly coverage: number | null;
  /** Share of pairs with the same label. */
  readonly agreement: number | null;
  readonly latencyRatio: number | null;
  readonly errorRates: { readonly baseline: number | null; readonly candidate: number | null };
  /** Labels that differ: what stable said, what the shadow said, and how often. */
  readonly flips: readonly Pick<Flip, 'from' | 'to' | 'count'>[];
  /** Pairs in which only one of both was right, of those whose outcome has come. */
  readonly right: { readonly pairs: number; readonly onlyBaseline: number; readonly onlyCandidate: number };
  /** Predictions of callers that were assigned to the shadow: none. */
  readonly metByCallers: number;
  readonly passed: boolean;
  readonly verdicts: readonly Sentence[];
  /** Why it ended, in the controller's words. */
  readonly ended: string;
}

const metric = 'correct';

/** @throws where it has not ended in all the time there is: the message says what it waits for. */
export async function watchShadow(
  controller: Pick<ControllerClient, 'rollout' | 'flips'>,
  traffic: Pick<Traffic, 'observe' | 'endObservation'>,
  { id, candidate, withinMs }: { readonly id: string; readonly candidate: string; readonly withinMs: number },
): Promise<ShadowReport> {
  const startedAt = performance.now();
  const seen = traffic.observe();
  let last = await controller.rollout(id);
  const after = await waitUntil(
    async () => {
      const now = await controller.rollout(id);
      if (now.state === 'paused') throw new Error(`the rollout is paused: ${now.reason}`);
      if (now.state !== 'running' || now.kind !== 'shadow') return now;
      last = now;
      return undefined;
    },
    { what: `the shadow of ${candidate} to end`, withinMs, everyMs: 100 },
  )
    .catch((error: Error) => {
      throw new Error([error.message, ...last.waitingFor].join('; '));
    })
    .finally(() => traffic.endObservation(seen));
  const met = seen.before({ policy: after.weights.policyRevision }).of(candidate).predictions;
  const durationMs = Math.round(performance.now() - startedAt);
  return { ...reportOf(candidate, { last, after }, await controller.flips(id)), durationMs, metByCallers: met };
}

function reportOf(
  candidate: string,
  { last, after }: { readonly last: RolloutView; readonly after: RolloutView },
  flips: readonly Flip[],
): Omit<ShadowReport, 'durationMs' | 'metByCallers'> {
  const [seen] = after.comparisons;
  return {
    candidate,
    pairs: seen?.pairs ?? 0,
    coverage: seen?.coverage ?? null,
    agreement: seen?.agreement?.value ?? null,
    latencyRatio: seen?.latencyRatio?.value ?? null,
    errorRates: seen?.errorRates ?? { baseline: null, candidate: null },
    flips: flips.filter(({ from, to }) => from !== to).map(({ from, to, count }) => ({ from, to, count })),
    right: seen?.right[metric] ?? { pairs: 0, onlyBaseline: 0, onlyCandidate: 0 },
    passed: after.state === 'running' || after.state === 'completed',
    verdicts: sentencesIn(after, last.stage),
    ended: after.reason,
  };
}

/** A sentence for each thing that is not as it should be. */
export function problemsOfShadow(report: ShadowReport, expected: { readonly passed: boolean }): string[] {
  const { candidate, passed, ended, metByCallers, pairs, right } = report;
  const end = expected.passed ? 'passed its shadow' : 'been stopped in shadow';
  return [
    ...(passed === expected.passed ? [] : [`${candidate} should have ${end}: ${ended}`]),
    ...(metByCallers === 0 ? [] : [`callers met ${candidate} ${metByCallers} times while it was a shadow`]),
    ...(pairs > 0 ? [] : [`no pair of ${candidate} was compared`]),
    ...(expected.passed && right.onlyCandidate <= right.onlyBaseline
      ? [`${candidate} was not found to be right more often: ${right.onlyCandidate} to ${right.onlyBaseline}`]
      : []),
  ];
}
