// The decision: who is in a rollout, who is not, and what the record says about it.
import fc from 'fast-check';
import { performance } from 'node:perf_hooks';
import { decide } from './decide';
import { policyProblem, type RoutingPolicy } from './policy';
import { policy, slice } from './policy.fixture';
import { compile } from './snapshot';

const units = Array.from({ length: 2_000 }, (_, index) => `unit-${index}`);

function decideAll(changed: Partial<RoutingPolicy>, attributes: Record<string, string> = {}) {
  const snapshot = compile({ ...policy, ...changed });
  return units.map((unit) => decide(snapshot, { unit, attributes, predictionId: `p-${unit}` }));
}

describe('decide', () => {
  it('records the weights in force, the propensity, the epoch of the slice and where the rollout stood', () => {
    const candidate = decideAll({}).find((decision) => decision.arm === 'v2');
    expect(candidate).toEqual({
      arm: 'v2',
      weights: { v1: 9_000, v2: 1_000 },
      propensity: 0.1,
      epoch: 5,
      policyRevision: 12,
      rollout: 'r-1',
      stage: 1,
      step: 2,
      reason: 'weights',
      assignment: 'unit',
    });
  });

  it('records which attempt of the rollout the slice is of, in pinned decisions too', () => {
    const snapshot = compile({ ...policy, slices: [{ ...slice, attempt: 2 }] });
    const prediction = { unit: 'unit-1', attributes: {}, predictionId: 'p-1' };
    expect(decide(snapshot, prediction)).toMatchObject({ rollout: 'r-1', attempt: 2 });
    expect(decide(snapshot, { ...prediction, pinned: 'v2' })).toMatchObject({ reason: 'pinned', attempt: 2 });
  });

  it('gives stable to a model without a rollout, and says that no rollout took part', () => {
    const [decision] = decideAll({ slices: [] });
    expect(decision).toEqual({
      arm: 'v1',
      weights: { v1: 10_000 },
      propensity: 1,
      epoch: 7,
      policyRevision: 12,
      reason: 'no-rollout',
      assignment: 'unit',
    });
  });

  it('makes each prediction its own unit when there is none, or when the rollout assigns by prediction', () => {
    const snapshot = compile({ ...policy, slices: [{ ...slice, assign: 'prediction' }] });
    const arms = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const decision = decide(snapshot, { unit: 'always-the-same', attributes: {}, predictionId: `p-${i}` });
      expect(decision.assignment).toBe('prediction');
      arms.add(decision.arm);
    }
    expect(arms).toEqual(new Set(['v1', 'v2']));
    expect(decide(compile(policy), { attributes: {}, predictionId: 'p' }).assignment).toBe('prediction');
  });

  it('keeps the arms of an arm of weight 0 empty and its name in the weights', () => {
    const decisions = decideAll({ slices: [{ ...slice, arms: { v1: 10_000, v2: 0 } }] });
    expect(decisions.every((decision) => decision.arm === 'v1' && decision.propensity === 1)).toBe(true);
    expect(decisions[0]?.weights).toEqual({ v1: 10_000, v2: 0 });
  });

  it('lets two rollouts own disjoint slices of the same units, each of its size', () => {
    const second = {
      ...slice,
      rollout: 'r-2',
      salt: 'r-2-salt',
      from: 3_000,
      to: 10_000,
      arms: { v1: 5_000, v3: 5_000 },
    };
    const decisions = decideAll({ slices: [{ ...slice, to: 2_000 }, second] });
    const share = (rollout: string | undefined): number =>
      decisions.filter((d) => d.rollout === rollout).length / units.length;
    expect(share('r-1')).toBeCloseTo(0.2, 1);
    expect(share('r-2')).toBeCloseTo(0.7, 1);
    expect(share(undefined)).toBeCloseTo(0.1, 1);
    expect(
      decisions.filter((d) => d.rollout === undefined).every((d) => d.arm === 'v1' && d.reason === 'no-rollout'),
    ).toBe(true);
  });

  it('gives stable to what does not fit `when`, outside the rollout, and names the segment of what does', () => {
    const only = { slices: [{ ...slice, when: { region: ['eu'] } }] };
    expect(
      decideAll(only, { region: 'us' }).every((d) => d.arm === 'v1' && d.reason === 'not-eligible' && !d.rollout),
    ).toBe(true);
    expect(decideAll(only, { region: 'eu' }).every((d) => d.segment === 'region=eu' && d.rollout === 'r-1')).toBe(true);
  });

  it('puts a rollout for a segment before a lasting target, and the target before a rollout for everybody', () => {
    const targets = [{ when: { region: 'eu' }, version: 'v3' }];
    expect(
      decideAll({ targets }, { region: 'eu' }).every(
        (d) => d.arm === 'v3' && d.reason === 'target' && d.propensity === 1,
      ),
    ).toBe(true);
    expect(decideAll({ targets }, { region: 'us' }).every((d) => d.reason === 'weights')).toBe(true);
    const forSegment = { targets, slices: [{ ...slice, when: { region: 'eu' } }] };
    expect(decideAll(forSegment, { region: 'eu' }).every((d) => d.reason === 'weights')).toBe(true);
  });

  it('serves a pinned version whatever the weights, and says so', () => {
    const decision = decide(compile(policy), { unit: 'u', attributes: {}, predictionId: 'p', pinned: 'v3' });
    expect(decision).toMatchObject({ arm: 'v3', reason: 'pinned', propensity: 1, weights: { v3: 10_000 } });
    expect(decision.rollout).toBeUndefined();
    const preview = compile({ ...policy, slices: [{ ...slice, arms: { v1: 10_000, v2: 0 } }] });
    expect(decide(preview, { attributes: {}, predictionId: 'p', pinned: 'v2' })).toMatchObject({
      arm: 'v2',
      reason: 'pinned',
      propensity: 1,
      rollout: 'r-1',
      epoch: 5,
      weights: { v1: 10_000, v2: 0 },
      assignment: 'prediction',
    });
  });

  it('gives a unit the version that overrides name, as pinned, where no path names another; the rest are drawn as ever', () => {
    const overrides = { 'unit-1': 'v2', constructor: 'v3' };
    const snapshot = compile({ ...policy, overrides });
    const of = (unit: string | undefined, pinned?: string) =>
      decide(snapshot, { unit, attributes: {}, predictionId: 'unit-1', pinned });
    expect(of('unit-1')).toMatchObject({ arm: 'v2', reason: 'pinned', propensity: 1, rollout: 'r-1' });
    expect(of('constructor')).toMatchObject({ arm: 'v3', reason: 'pinned' });
    expect(of('unit-1', 'v1')).toMatchObject({ arm: 'v1', reason: 'pinned' });
    expect(of(undefined).reason).toBe('weights');
    const forced = new Set(Object.keys(overrides));
    expect(decideAll({ overrides }).filter(({ reason }) => reason !== 'weights')).toHaveLength(
      units.filter((unit) => forced.has(unit)).length,
    );
    expect(decideAll({}).filter((_, index) => !forced.has(units[index] ?? ''))).toEqual(
      decideAll({ overrides }).filter((_, index) => !forced.has(units[index] ?? '')),
    );
  });

  it('decides the same for ever: a decision depends on the policy and the prediction only (seed 20261123)', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.dictionary(fc.string(), fc.string()), (unit, attributes) => {
        const one = decide(compile(policy), { unit, attributes, predictionId: 'a' });
        const other = decide(compile(structuredClone(policy)), { unit, attributes, predictionId: 'b' });
        expect(other).toEqual(one);
      }),
      { seed: 20261123 },
    );
  });

  it('takes microseconds, not tens of them', () => {
    const snapshot = compile({ ...policy, slices: [{ ...slice, from: 1, arms: { v1: 5_000, v2: 3_000, v3: 2_000 } }] });
    const round = (): number => {
      const start = performance.now();
      for (const unit of units) decide(snapshot, { unit, attributes: {}, predictionId: 'p' });
      return ((performance.now() - start) * 1_000) / units.length;
    };
    const microseconds = Array.from({ length: 20 }, round).sort((a, b) => a - b)[2] ?? Infinity;
    expect(microseconds).toBeLessThan(20); // 1 to 2 on a quiet machine; a change of class only
  });
});

describe('policyProblem', () => {
  it.each([
    [{ stable: 'v9' }, 'stable is v9'],
    [{ slices: [{ ...slice, arms: { v1: 5_000, v9: 5_000 } }] }, 'the arm v9'],
    [{ slices: [{ ...slice, arms: { v1: 0 } }] }, 'no arm with a weight'],
    [{ targets: [{ when: { region: 'eu' }, version: 'v9' }] }, 'lasting target is v9'],
    [{ stable: 'constructor' }, 'stable is constructor'],
    [{ overrides: { ann: 'v9' } }, 'an override is v9'],
  ])('refuses %j', (changed, sentence) => {
    expect(policyProblem({ ...policy, ...changed })).toContain(sentence);
  });

  it('has nothing to say about a sound policy', () => {
    expect(policyProblem(policy)).toBeUndefined();
  });
});
