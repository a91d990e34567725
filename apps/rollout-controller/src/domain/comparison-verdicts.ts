// The verdicts of a shadow stage: each limit with its numbers and one sentence.
import { judgePairs, type MeasuredDrift, type PairNumbers } from '@weir/stats';
import { driftAt, leastItems, totalsAt, type Comparison, type JudgedComparison } from './comparison';
import { limitText, saidOf, shownOf } from './comparison-words';
import { type FullVerdict } from './judgement';

export function judgeComparisons(comparison: Comparison, stage: number): FullVerdict[] {
  return comparison.tests
    .filter((test) => test.stage <= stage)
    .map((test) => (test.measure.kind === 'values' ? ofValues(comparison, test) : ofDistributions(comparison, test)));
}

function ofValues(comparison: Comparison, test: JudgedComparison): FullVerdict {
  const { measure, candidate, stage, output, alpha, beta, segmented, breach } = test;
  if (measure.kind !== 'values') throw new Error(`${test.name} is no test of values`);
  const totals = totalsAt(comparison, { stage, candidate, arm: candidate, metric: measure.metric, output });
  const share = segmented ? 0.5 : 1;
  const numbers = judgePairs(totals, { test: measure.test, alpha: alpha ?? 0, beta }, share);
  const [effect, low, high] = [numbers.mean, ...(numbers.interval ?? [null, null])].map((value) =>
    shownOf(test, value),
  );
  return {
    ...shared(test, comparison.baseline, numbers.accepted, sentenceOf(test, numbers, comparison.baseline)),
    effect: effect ?? null,
    interval: numbers.interval && [low ?? null, high ?? null],
    eValue: breach ? Math.min(Math.exp(breach.logE), Number.MAX_VALUE) : numbers.harm.eValue,
    threshold: breach ? Math.exp(breach.logThreshold) : numbers.harm.threshold,
    scope: numbers.pairs > 0 ? 'once' : null,
    acceptance: numbers.acceptance,
    candidateCounts: { units: numbers.units, records: numbers.pairs, value: effect ?? null },
  };
}

/** Of the first 1,000 items on; a threshold, and for ks a band around it. */
function ofDistributions(comparison: Comparison, test: JudgedComparison): FullVerdict {
  const drift = driftAt(comparison, test, test.alpha ?? 0.01);
  const value = (test.measure.kind === 'psi' ? drift?.psi : drift?.distance) ?? null;
  const most = test.measure.kind === 'values' ? 0 : test.measure.most;
  const items = drift?.items ?? 0;
  const bound = drift?.bound ?? null;
  const accepted = items >= leastItems && value !== null && value <= most;
  return {
    ...shared(test, comparison.baseline, accepted, distributionSentence(test, drift, value, most, comparison.baseline)),
    effect: value,
    interval: bound === null || value === null ? null : [Math.max(0, value - bound), value + bound],
    eValue: null,
    threshold: most,
    scope: null,
    acceptance: { eValue: null, threshold: most },
    candidateCounts: { units: 0, records: items, value },
  };
}

function shared(test: JudgedComparison, baseline: string, isWithin: boolean, sentence: string) {
  const { stage, name, candidate, must, breach, alpha } = test;
  const breached = breach !== null;
  const accepted = isWithin && !breached;
  const verdict = breached ? ('fail' as const) : accepted ? ('pass' as const) : ('inconclusive' as const);
  const counts = { units: 0, records: 0, value: null };
  return {
    ofPairs: true,
    stage,
    name,
    candidate,
    must,
    breached,
    accepted,
    verdict,
    alpha: alpha ?? 0,
    baseline: counts,
    sentence,
  };
}

function sentenceOf(test: JudgedComparison, numbers: PairNumbers, baseline: string): string {
  const { name, candidate, breach } = test;
  if (numbers.pairs === 0) return `${name}: no pair of ${candidate} and ${baseline} has been counted yet.`;
  const seen = `${saidOf(test, numbers, baseline)} over ${numbers.pairs} pairs of ${numbers.units} units`;
  const { harm, acceptance } = numbers;
  if (breach) {
    const where = breach.segment === null ? '' : ` in ${breach.segment}`;
    return `${seen}; ${limitText(test)} is broken${where} (evidence ${figure(Math.exp(breach.logE))}, ${figure(Math.exp(breach.logThreshold))} needed).`;
  }
  if (numbers.accepted)
    return `${seen}; ${limitText(test)} holds (evidence ${figure(acceptance.eValue)}, ${figure(acceptance.threshold)} needed).`;
  return `${seen}; undecided whether ${limitText(test)} holds (evidence against ${figure(harm.eValue)} of ${figure(harm.threshold)}, for ${figure(acceptance.eValue)} of ${figure(acceptance.threshold)}).`;
}

function distributionSentence(
  { name, candidate, breach }: JudgedComparison,
  drift: MeasuredDrift | undefined,
  value: number | null,
  most: number,
  baseline: string,
): string {
  const items = drift?.items ?? 0;
  if (value === null || items < leastItems)
    return `${name}: ${items} of ${leastItems} items of ${candidate} and ${baseline} have been counted.`;
  const state = breach ? 'is broken' : value <= most ? 'holds' : 'is undecided';
  return `${name} of ${candidate} against ${baseline} is ${figure(value)} over ${items} items; at most ${figure(most)} ${state}.`;
}

function figure(value: number | null): string {
  if (value === null) return 'none';
  return value >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}
