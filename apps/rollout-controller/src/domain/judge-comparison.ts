// Whether a shadow stage has been passed: enough pairs, in time enough, that agree well enough, of each candidate that is left.
import { elapsed, evidenceMissing, routersMissing, seconds, timeMissing, type StepJudgement } from './judge-step';
import { type ComparePlan } from './plan';
import { type Place } from './rollout';
import { coverageOf, type PairsSeen, type Seen, type Verdict } from './verdict';

/**
 * A candidate that has breached is out; the stage fails when all of them are.
 * @param candidates at least one.
 */
export function judgeComparison(
  stage: ComparePlan,
  at: Place,
  seen: Seen,
  candidates: readonly string[],
  now: string,
): StepJudgement {
  const own = seen.verdicts.filter((verdict) => verdict.stage === at.stage);
  const breaches = own.filter(({ breached }) => breached);
  const left = candidates.filter((version) => !breaches.some(({ candidate }) => candidate === version));
  const [by] = breaches;
  if (by && left.length === 0)
    return { kind: 'breached', by, reason: breaches.map(({ sentence }) => sentence).join(' ') };
  const asked = own.filter(({ candidate }) => left.includes(candidate));
  const elapsedMs = elapsed(at.startedAt, now);
  const unanswered = [
    ...left.flatMap((candidate) => pairsMissing(stage, candidate, seen.pairs[candidate])),
    ...asked.filter(({ must, accepted }) => must && !accepted).map(({ sentence }) => sentence),
  ];
  const waitingFor = [
    ...timeMissing(elapsedMs, stage.durationMs),
    ...routersMissing(seen),
    ...evidenceMissing(seen),
    ...unanswered,
  ];
  if (waitingFor.length === 0)
    return { kind: 'passed', by: 'evidence', reason: passReason(seen, left, own, elapsedMs) };
  const [limit, limitMs] = limitOf(stage);
  if (elapsed(at.maxStepFrom, now) < limitMs) return { kind: 'held', waitingFor };
  const isCandidates = unanswered.length > 0 && !seen.torn;
  return { kind: 'overdue', limit, waitingFor, then: isCandidates ? thenOf(stage) : 'pause' };
}

/** What is undecided is extended to the most; a person decides what is undecided then. */
function limitOf({ onInconclusive, durationMs, maxDurationMs }: ComparePlan) {
  return onInconclusive === 'extend' ? (['maxDuration', maxDurationMs] as const) : (['duration', durationMs] as const);
}

function thenOf({ onInconclusive }: ComparePlan): 'pause' | 'fail' {
  return onInconclusive === 'fail' ? 'fail' : 'pause';
}

export function pairsMissing(
  { minPairs, minCoverageBps }: Pick<ComparePlan, 'minPairs' | 'minCoverageBps'>,
  candidate: string,
  seen?: PairsSeen,
): string[] {
  const { compared = 0 } = seen ?? {};
  if (compared < minPairs) return [`pairs: ${compared} of ${minPairs} of ${candidate}`];
  const coverage = seen ? coverageOf(seen) : 0;
  return coverage * 10_000 < minCoverageBps
    ? [
        `coverage: ${percent(coverage)} of ${percent(minCoverageBps / 10_000)} of what ${candidate} could be compared on`,
      ]
    : [];
}

function passReason(seen: Seen, left: readonly string[], own: readonly Verdict[], elapsedMs: number): string {
  const counted = left.map((candidate) => {
    const pairs = seen.pairs[candidate];
    return `${pairs?.compared ?? 0} pairs of ${candidate} (coverage ${percent(pairs ? coverageOf(pairs) : 0)})`;
  });
  return [`compared for ${seconds(elapsedMs)}: ${counted.join(', ')}.`, ...own.map(({ sentence }) => sentence)].join(
    ' ',
  );
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
