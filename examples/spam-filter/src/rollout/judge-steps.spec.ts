// Steps are judged by what callers saw.
import { Observation } from '../traffic/observation';
import { problemsOfSteps, standardErrorsOff } from './judge-steps';
import { reportOf, type StepReport } from './step-report';

const good: StepReport = {
  weightBps: 1_000,
  appliedBps: 1_000,
  observedBps: 1_040,
  observedUnitsBps: 1_000,
  units: 80,
  predictions: 104,
  unitsOfAll: 800,
  predictionsOfAll: 1_000,
  unitsTakenBack: 0,
  durationMs: 2_000,
  verdicts: [],
  ended: 'passed',
};

describe('problemsOfSteps', () => {
  it('has nothing to say of steps that went as asked', () => {
    expect(problemsOfSteps([good], [1_000])).toEqual([]);
  });

  it.each([
    ['a step that was left out', [good], [500, 1_000], /the steps were 10 %/],
    ['weights that routers did not serve by', [{ ...good, appliedBps: 500 }], [1_000], /served by 5 %/],
    ['mailboxes taken back', [{ ...good, unitsTakenBack: 2 }], [1_000], /2 mailboxes were taken back/],
    ['a share that chance does not explain', [{ ...good, units: 140, observedUnitsBps: 1_750 }], [1_000], /17.5 %/],
    ['a candidate that nobody met', [{ ...good, units: 0, observedUnitsBps: 0 }], [1_000], /saw 0 %/],
    ['a step without traffic', [{ ...good, units: 0, unitsOfAll: 0, observedUnitsBps: 0 }], [1_000], /saw 0 %/],
  ] as const)('names %s', (_what, steps, weights, sentence) => {
    expect(problemsOfSteps(steps, weights)).toEqual([expect.stringMatching(sentence) as unknown]);
  });

  it('measures in standard errors of a share of mailboxes', () => {
    expect(standardErrorsOff(good)).toBe(0);
    expect(standardErrorsOff({ ...good, units: 80 + Math.sqrt(800 * 0.1 * 0.9) })).toBeCloseTo(1, 10);
  });
});

describe('reportOf', () => {
  const view = (weightBps: number) => ({
    id: 'r',
    state: 'running',
    reason: '',
    stage: 0,
    kind: 'canary',
    step: 0,
    revision: 1,
    verdicts: [],
    waitingFor: [],
    comparisons: [],
    bandits: [],
    decision: null,
    weights: {
      desired: { v1: 10_000 - weightBps, v2: weightBps },
      applied: { v1: 10_000 - weightBps, v2: weightBps },
      observed: null,
      policyRevision: 4,
    },
  });
  const report = (weightBps: number, at: Observation, before: Observation | undefined) =>
    reportOf(
      {
        candidate: 'v2',
        view: view(weightBps),
        after: { ...view(weightBps), reason: 'passed' },
        seen: at,
        durationMs: 1,
      },
      before,
    );
  const seen = (...answers: [unit: string, assigned: string, policy?: number][]) => {
    const observation = new Observation(4);
    for (const [unit, assigned, policyRevision = 4] of answers) observation.add(unit, { assigned, policyRevision });
    return observation;
  };

  it('counts predictions and mailboxes of the candidate, of the policy that is watched', () => {
    const found = report(5_000, seen(['a', 'v2'], ['a', 'v2'], ['b', 'v1'], ['c', 'v2', 3]), undefined);
    expect(found).toMatchObject({
      weightBps: 5_000,
      appliedBps: 5_000,
      predictions: 2,
      predictionsOfAll: 3,
      units: 1,
      unitsOfAll: 2,
      observedUnitsBps: 5_000,
      observedBps: 6_667,
    });
  });

  it('finds a mailbox that met the candidate a step ago and another version now', () => {
    const before = seen(['a', 'v2'], ['b', 'v2'], ['c', 'v1']);
    expect(report(1_000, seen(['a', 'v2'], ['b', 'v1'], ['c', 'v2']), before).unitsTakenBack).toBe(1);
    expect(report(1_000, seen(['a', 'v2'], ['b', 'v2'], ['c', 'v2']), before).unitsTakenBack).toBe(0);
  });
});
