// What an experiment shows, for specs.
import { type ExperimentView } from '@weir/contracts';
import { type ExperimentSeen } from './verdict';

type Comparison = ExperimentView['comparisons'][number];

/** Of v2 in the metric correct; nothing is shown. */
export function comparisonOf(changes: Partial<Comparison>): Comparison {
  const counts = { units: 0, records: 0, value: null };
  return {
    ...{ metric: 'correct', candidate: 'v2', direction: 'up', minimumEffect: 0.01 },
    ...{ effect: null, interval: null, pValue: null, adjustedPValue: null, relative: null, varianceReduction: null },
    ...{ baseline: counts, candidateCounts: counts, shown: null, harmful: false, equivalent: false },
    sentence: 'correct of v2 is as it is.',
    ...changes,
  };
}

export function experimentOf(
  comparisons: readonly Comparison[],
  {
    broken = null,
    mayStillLead = false,
  }: { broken?: ExperimentView['sampleRatio']['broken']; mayStillLead?: boolean } = {},
): ExperimentSeen {
  const ratio = { verdict: 'pass' as const, eValue: 1, threshold: 1_000, units: {} };
  const sentence =
    broken === null ? 'Sample ratio: no stage leaves its weights.' : `The units leave: look at ${broken}.`;
  return {
    comparisons: [...comparisons],
    sampleRatio: { broken, sentence, assigned: ratio, served: ratio, joined: ratio },
    mayStillLead: () => mayStillLead,
  };
}
