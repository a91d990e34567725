// The one sentence of a comparison in an experiment: what was seen, how far apart, and what is shown.
import { type ExperimentPlan } from './experiment-plan';
import { type GoalComparison } from './judge-experiment';

type Numbers = Omit<GoalComparison, 'sentence'>;

export function comparisonSentence(numbers: Numbers, { baseline, alpha }: Pick<ExperimentPlan, 'baseline' | 'alpha'>) {
  const { metric, candidate, effect, interval, adjustedPValue } = numbers;
  const own = `${metric} of ${candidate} is ${said(numbers.candidateCounts)} against ${said(numbers.baseline)} of ${baseline}`;
  if (effect === null) return `${own}; nothing can be compared yet.`;
  const between = interval
    ? ` (${signed(interval[0])} to ${signed(interval[1])} at ${figure(100 * (1 - alpha))} % over all arms and metrics)`
    : '';
  const p = adjustedPValue === null ? '' : `, p ${figure(adjustedPValue)}`;
  return `${own}: ${signed(effect)}${between}${p}; ${conclusion(numbers)}.`;
}

function conclusion({ shown, harmful, equivalent, interval, minimumEffect, direction }: Numbers): string {
  if (harmful) return `worse by more than the minimum effect of ${figure(minimumEffect)}`;
  const within = equivalent ? `, and by less than the minimum effect of ${figure(minimumEffect)}` : '';
  if (shown !== null) return `${shown} (${direction === 'up' ? 'more' : 'less'} is better)${within}`;
  if (equivalent) return `they differ by less than the minimum effect of ${figure(minimumEffect)}`;
  return interval === null ? 'too little has been seen to tell' : 'no difference is shown yet';
}

function said({ units, value }: GoalComparison['baseline']): string {
  const of = `${String(Math.round(units)).replace(/\B(?=(\d{3})+$)/g, ',')} ${units === 1 ? 'unit' : 'units'}`;
  return value === null ? `unknown (${of})` : `${figure(value)} (${of})`;
}

function signed(value: number): string {
  return value > 0 ? `+${figure(value)}` : figure(value);
}

/** Three significant digits, without an exponent for what people read. */
function figure(value: number | null): string {
  if (value === null) return 'none';
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(2);
  return String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 6 : 3)));
}
