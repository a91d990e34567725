// What counting takes from a decision.
import { type Decision, servedOf } from './decision';

const decision: Decision = {
  predictionId: 'p',
  model: 'spam',
  epoch: 1,
  weights: { v1: 5_000, v2: 5_000 },
  arm: 'v2',
  armStatus: 'ok',
  armHttpStatus: 200,
  armLatencyMs: 2_000,
  propensity: 0.5,
  assignment: 'unit',
  policyRevision: 1,
  reason: 'weights',
  status: 200,
  latencyMs: 2_400,
  servedAt: '2026-11-23T00:00:02.300Z',
  outputs: {},
};
const midnight = Date.parse('2026-11-23T00:00:00Z') / 1_000;

describe('the second in which an arm was chosen', () => {
  it('is when the question had come, however long the answer took', () => {
    expect(servedOf(decision).decidedSecond).toBe(midnight - 1);
    expect(servedOf({ ...decision, latencyMs: 2_299 }).decidedSecond).toBe(midnight);
    expect(servedOf({ ...decision, report: 'given' }).decidedSecond).toBe(midnight - 1);
  });

  it('is that of the decision where nobody reported how it went', () => {
    expect(servedOf({ ...decision, report: 'missing', latencyMs: 62_000 }).decidedSecond).toBe(midnight + 2);
  });
});
