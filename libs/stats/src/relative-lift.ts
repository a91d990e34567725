// Differences as shares of the baseline: +5 % rather than +0.02.
import { type Estimate, type RatioMean } from './contrast';

/**
 * (m_B - m_A)/|m_A|, by the delta method: V = v_B/m_A^2 + v_A m_B^2/m_A^4, v the variance of a mean; arms independent, m_A not 0.
 * Reference: Deng, Knoblich and Lu 2018, "Applying the delta method in metric analytics", section 3.1.
 */
export function relativeLift(arm: RatioMean, control: RatioMean): Estimate {
  const scale = Math.abs(control.mean);
  const ratio = arm.mean / scale;
  return {
    difference: (arm.mean - control.mean) / scale,
    standardError: Math.sqrt(arm.variance + control.variance * ratio * ratio) / scale,
  };
}
