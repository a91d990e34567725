// What the policy says of bandits, and what outcomes teach them.
import { noClaims } from '@weir/bandits';
import { buildOutcomeJoined, buildPolicy, buildSlice } from '@weir/testing';
import { banditStages, placeId } from './bandit-stage';
import { outcomeOf, taughtBy } from './taught';

const shared = { per: 'prediction', withinMs: 60_000, missing: 'ignore' } as const;
const spec = {
  ...{ kind: 'bandit', algorithm: 'top-two', metric: 'cost', updateMs: 10_000, floorBps: 200, halfLifeMs: 86_400_000 },
  ...{ stopAtRemainingValue: 0.01, guardrails: [] },
};
const policyOf = (slice: object) =>
  buildPolicy({
    metrics: {
      cost: { type: 'numeric', direction: 'down', combine: 'last', ...shared },
      correct: { type: 'truth', output: 'label', direction: 'up', ...shared },
      label: { type: 'output', output: 'label', direction: 'up' },
    },
    slices: [
      buildSlice({ kind: 'bandit', assign: 'prediction', arms: { v1: 9_000, v2: 1_000, v3: 0 }, spec, ...slice }),
    ],
  });

it('reads a bandit from its slice: an arm without weight is closed', () => {
  const [stage] = banditStages(policyOf({ attempt: 2 }));
  expect(stage).toMatchObject({
    ...{ model: 'spam', attempt: 2, stage: 0, metric: 'cost', likelihood: 'numeric', direction: 'down' },
    ...{ algorithm: 'top-two', assign: 'prediction', arms: ['v1', 'v2'], halfLifeMs: 86_400_000 },
  });
  expect(stage && placeId(stage)).toMatch(/\/2\/0$/);
});

it.each([
  ['a canary', { kind: 'canary' }],
  ['a contextual bandit without a context', { spec: { ...spec, algorithm: 'square-cb' } }],
  ['an algorithm that is not learnt here', { spec: { ...spec, algorithm: 'exp3' } }],
  ['a metric that nobody declared', { spec: { ...spec, metric: 'toString' } }],
  ['a metric that is read from the answer', { spec: { ...spec, metric: 'label' } }],
])('leaves out %s', (_, slice) => {
  expect(banditStages(policyOf(slice))).toEqual([]);
});

describe('an outcome', () => {
  const [numeric] = banditStages(policyOf({}));
  const [truth] = banditStages(policyOf({ spec: { ...spec, metric: 'correct' } }));
  if (!numeric || !truth) throw new Error('two bandits');
  const event = buildOutcomeJoined({ metric: 'correct', value: 0.9, arm: 'v2' });

  it('teaches by the value that counts; a fallback teaches a failure, or nothing', () => {
    expect(outcomeOf(event, truth)).toMatchObject({ reward: 0.9, arm: 'v2', revision: 0 });
    expect(outcomeOf({ ...event, fallback: true }, truth)).toMatchObject({ reward: 0, arm: 'v2' });
    expect(outcomeOf({ ...event, value: 0, fallback: true }, { ...truth, direction: 'down' })).toMatchObject({
      reward: 1,
    });
    expect(outcomeOf(event, numeric)).toBeUndefined();
    expect(outcomeOf({ ...event, metric: 'cost', fallback: true }, numeric)).toBeUndefined();
  });

  it('is one of its kind by prediction and item', () => {
    const identities = [event, { ...event, item: 0 }, { ...event, item: 1 }].map(
      (one) => outcomeOf(one, truth)?.identity,
    );
    expect(new Set(identities).size).toBe(2);
  });

  it('that takes the place of another takes its rewards and claims away', () => {
    const known = outcomeOf(event, truth);
    const outcome = outcomeOf({ ...event, revision: 1, value: 0 }, truth);
    if (!known || !outcome) throw new Error('two outcomes');
    expect(taughtBy(known, known, truth)).toEqual({ rewards: [], claims: [], contexts: [] });
    const { rewards, claims } = taughtBy(outcome, known, truth);
    expect(rewards.map(({ by }) => by.n)).toEqual([-1, 1]);
    expect(claims.reduce((sum, { by }) => sum + by.n, noClaims.n)).toBe(0);
  });

  it('of a contextual bandit keeps what is declared of its context, and takes that away with it', () => {
    const context = [{ attribute: 'device', values: ['phone', 'desktop'] }];
    const [contextual] = banditStages(
      policyOf({ spec: { ...spec, metric: 'correct', algorithm: 'square-cb', context } }),
    );
    if (!contextual) throw new Error('a contextual bandit');
    const told = { ...event, context: { device: 'phone', region: 'eu' } };
    const known = outcomeOf(told, contextual);
    const outcome = outcomeOf({ ...told, revision: 1, value: 0.5, context: { device: 'desktop' } }, contextual);
    if (!known || !outcome) throw new Error('two outcomes');
    expect(known.context).toEqual({ device: 'phone' });
    const { contexts } = taughtBy(outcome, known, contextual);
    expect(contexts.map(({ by }) => [by.n, by.xr.map(Number)])).toEqual([
      [-1, [0.9, 0.9, 0].map((value) => -Math.round(value * 2 ** 20) || 0)],
      [1, [0.5, 0, 0.5].map((value) => value * 2 ** 20)],
    ]);
  });
});
