// The calculator `two-sample`: differences to a baseline at the end of an experiment that was not looked at before.
import { finiteAnswer, type Calculated } from './calculated';
import {
  armsRefusal,
  askedOf,
  beyondDoubles,
  contrastsOf,
  meanOf,
  type ArmsQuestion,
  type Asked,
  type MeanArm,
  type ProportionArm,
} from './compared-arms';
import { meansTest, proportionsTest, type FixedResult } from './fixed-horizon';

export type TwoSampleQuestion = ArmsQuestion;

export interface TwoSampleComparison extends FixedResult {
  readonly arm: string;
  /** Of means: Welch's, which the relative difference shares. */
  readonly degreesOfFreedom?: number;
  /** To the baseline's mean. */
  readonly relative: Omit<FixedResult, 'statistic'>;
}

export interface TwoSampleAnswer extends Required<Omit<ArmsQuestion, 'arms'>> {
  readonly method: 'Welch t' | 'pooled z, Newcombe interval';
  readonly comparisons: readonly TwoSampleComparison[];
}

/** Fixed horizon: valid for one look. What is looked at as it comes in belongs to `sequential`. */
export function twoSampleCalculator(question: TwoSampleQuestion): Calculated<TwoSampleAnswer> {
  const refused = armsRefusal(question);
  if (refused) return refused;
  const { metric, arms, baseline } = question;
  const asked = askedOf(question);
  const { control, others } = contrastsOf(arms, baseline);
  if (!control) return { ok: false, field: 'baseline', message: 'must name an arm' };
  const method = metric === 'mean' ? 'Welch t' : 'pooled z, Newcombe interval';
  const comparisons = others.map((arm) => compare(arm, control, asked));
  const lost = beyondDoubles(comparisons, arms);
  return lost ?? finiteAnswer({ method, metric, baseline, ...asked, comparisons }, 'arms');
}

function compare(arm: MeanArm | ProportionArm, control: MeanArm | ProportionArm, asked: Asked): TwoSampleComparison {
  const { absolute, relative, degreesOfFreedom } = meansTest(meanOf(arm), meanOf(control), asked);
  const { statistic: _, ...lift } = relative;
  if ('successes' in arm && 'successes' in control) {
    return { arm: arm.name, ...proportionsTest(arm, control, asked), relative: lift };
  }
  return { arm: arm.name, ...absolute, degreesOfFreedom, relative: lift };
}
