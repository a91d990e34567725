// Statistics that know nothing: every guardrail is inconclusive.
import { type Statistics } from './statistics';

export const silentStatistics: Statistics = {
  openGuardrail: () => null,
  foldWindow: (state) => state,
  judgeGuardrail: (_state, { test, candidate, alpha, beta }) => ({
    metric: test.metric,
    candidate,
    status: 'inconclusive',
    breached: false,
    accepted: false,
    effect: null,
    interval: null,
    eValue: null,
    threshold: 2 / alpha,
    scope: null,
    acceptance: { eValue: null, threshold: 1 / beta },
    baseline: {},
    candidateCounts: {},
    sentence: 'nothing is known yet',
  }),
  openSampleRatio: () => null,
  foldSampleRatio: (state) => state,
  judgeSampleRatio: () => ({ mismatch: false, eValue: null, threshold: 1_000, sentence: 'nothing is known yet' }),
};
