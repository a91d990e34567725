// The calculator `sequential`: the asymptotic confidence sequence of differences to a baseline, from each arm's count, mean and variance.
import { finiteAnswer, type Calculated } from './calculated';
import {
  armsRefusal,
  askedOf,
  beyondDoubles,
  contrastsOf,
  meanOf,
  type ArmsQuestion,
  type Asked,
} from './compared-arms';
import { halfWidth, logEvidence, tuning } from './confidence-sequence';
import { estimate, type Estimate } from './contrast';
import { type Interval } from './fixed-horizon';
import { relativeLift } from './relative-lift';

export interface SequentialQuestion extends ArmsQuestion {
  /** N*: units of both arms of a contrast at which the interval is narrowest. */
  readonly plannedUnits: number;
}

export interface SequentialResult extends Estimate {
  readonly pValue: number;
  readonly interval: Interval;
}

export interface SequentialAnswer extends Required<Omit<SequentialQuestion, 'arms'>> {
  readonly method: 'asymptotic confidence sequence';
  readonly comparisons: readonly (SequentialResult & { readonly arm: string; readonly relative: SequentialResult })[];
}

export function sequentialCalculator(question: SequentialQuestion): Calculated<SequentialAnswer> {
  const { metric, arms, baseline, plannedUnits } = question;
  const asked = askedOf(question);
  const refused = armsRefusal(question, [
    [
      'alpha',
      asked.alternative === 'two-sided' || asked.alpha < 0.5,
      'must be below 0.5: one side is tuned at twice it',
    ],
    ['plannedUnits', plannedUnits >= 1 && Number.isFinite(plannedUnits), 'must be 1 or more'],
  ]);
  if (refused) return refused;
  const { control, others } = contrastsOf(arms, baseline);
  if (!control) return { ok: false, field: 'baseline', message: 'must name an arm' };
  const comparisons = others.map((each) => {
    const [arm, to] = [meanOf(each), meanOf(control)];
    const q = ((each.n + control.n) * rho(asked)) / plannedUnits;
    return {
      arm: each.name,
      ...result(estimate(arm, to, 1), q, asked),
      relative: result(relativeLift(arm, to), q, asked),
    };
  });
  const parameters = { metric, baseline, plannedUnits, ...asked };
  const lost = beyondDoubles(comparisons, arms);
  return lost ?? finiteAnswer({ method: 'asymptotic confidence sequence', ...parameters, comparisons }, 'arms');
}

function rho({ alpha, alternative }: Asked): number {
  return tuning(alternative === 'two-sided' ? alpha : 2 * alpha);
}

function result({ difference, standardError }: Estimate, q: number, { alpha, alternative }: Asked): SequentialResult {
  const sided = alternative === 'two-sided' ? 'two' : 'one';
  const half = standardError * halfWidth(q, alpha, sided);
  const direction = alternative === 'less' ? -1 : 1;
  const z =
    standardError > 0
      ? (direction * difference) / standardError
      : difference === 0
        ? 0
        : Infinity * direction * difference;
  return {
    difference,
    standardError,
    pValue: Math.exp(-logEvidence(z, q, sided)),
    interval: [alternative === 'less' ? null : difference - half, alternative === 'greater' ? null : difference + half],
  };
}
