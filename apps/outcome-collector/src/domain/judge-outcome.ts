// What an outcome is worth to the prediction it belongs to: its state, and the value it counts for.
import { agrees, type Metric, type OutcomeReported } from '@weir/contracts';
import { outputSource } from './answer-outputs';
import { type Decision } from './decision';
import { type Rejection } from './outcome';

export type Judgement =
  /** In time. counted is absent where nothing can be counted: an unknown metric, or a truth whose answer was not captured. */
  | { readonly state: 'joined'; readonly counted?: number; readonly gap?: 'unknown-metric' | 'missing' }
  | { readonly state: 'late'; readonly gap?: 'unknown-metric' }
  | { readonly state: 'rejected'; readonly reason: Rejection };

export function judgeOutcome(
  outcome: OutcomeReported,
  arrivedAt: string,
  decision: Decision,
  metric: Metric | undefined,
): Judgement {
  if (!metric) return { state: 'joined', gap: 'unknown-metric' };
  if (metric.type === 'output') return { state: 'rejected', reason: 'read-from-answer' };
  const worth = valueOf(outcome, decision, metric);
  if (worth === 'invalid') return { state: 'rejected', reason: 'invalid-value' };
  if (isLate(arrivedAt, decision, metric.withinMs)) return { state: 'late' };
  return worth === 'missing' ? { state: 'joined', gap: 'missing' } : { state: 'joined', counted: worth };
}

export function isLate(arrivedAt: string, decision: Decision, withinMs: number): boolean {
  return Date.parse(arrivedAt) > Date.parse(decision.servedAt) + withinMs;
}

/** The text for an outcome that its metric does not take. */
export const rejectionMessages: Readonly<Record<Rejection, string>> = {
  'invalid-value':
    'value: a binary metric takes true, false or 0 to 1, a numeric one a finite number, a truth a string or a number',
  'read-from-answer': 'metric: its values are read from the answers, none are reported',
  conflict: 'value: another value was reported under this id; a greater revision replaces it',
};

function valueOf(
  { value, item = 0 }: OutcomeReported,
  decision: Decision,
  metric: Exclude<Metric, { type: 'output' }>,
): number | 'invalid' | 'missing' {
  switch (metric.type) {
    case 'binary':
      if (typeof value === 'boolean') return value ? 1 : 0;
      return typeof value === 'number' && value >= 0 && value <= 1 ? value : 'invalid';
    case 'numeric':
      return typeof value === 'number' && Number.isFinite(value) ? value : 'invalid';
    case 'truth': {
      if (typeof value === 'boolean') return 'invalid';
      const answer = decision.outputs[outputSource(metric)]?.[item];
      return answer === undefined || answer === null ? 'missing' : Number(agrees(answer, value));
    }
  }
}
