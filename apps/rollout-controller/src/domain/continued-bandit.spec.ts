// Which bandits go on from what one before them has learnt.
import { continuedFrom } from './continued-bandit';
import { chainOf, place, rolloutOf, stateOf } from './rollout.fixture';

const bandit = (changes: object = {}) => chainOf([{ bandit: { metric: 'correct', ...changes } }]);
const before = rolloutOf(stateOf('running'), { id: 'r-1', spec: bandit() });
const own = { rollout: 'r-1', attempt: 1, stage: 0 };

it('one with other arms, shares or bounds goes on from the one before', () => {
  const more = { ...bandit({ floor: '5%', update: '1s', algorithm: 'top-two' }), candidates: ['v2', 'v3', 'v4'] };
  expect(continuedFrom(before, more, 'v1')).toEqual([own]);
});

it('and so from those before that, the last twenty', () => {
  const continues = Array.from({ length: 30 }, (_, index) => ({ rollout: `old-${index}`, attempt: 1, stage: 0 }));
  const state = { ...before.state, at: { ...place(0, 0), continues } } as typeof before.state;
  const found = continuedFrom({ ...before, state }, bandit(), 'v1');
  expect(found).toHaveLength(20);
  expect(found.at(-1)).toEqual(own);
  expect(found[0]).toMatchObject({ rollout: 'old-11' });
});

it.each<[string, ReturnType<typeof bandit>]>([
  ['of another metric', bandit({ metric: 'clicked' })],
  ['that forgets faster', bandit({ halfLife: '1h' })],
  ['of other callers', bandit({ when: { region: ['eu'] } })],
  ['of another slice', { ...bandit(), slice: { from: 0, to: 5_000 } }],
  ['by attributes', bandit({ algorithm: 'square-cb', context: [{ attribute: 'device', values: ['phone'] }] })],
  ['behind a canary', chainOf([{ canary: { steps: ['5%'] } }, { bandit: { metric: 'correct' } }])],
])('one %s learns anew', (_, spec) => {
  expect(continuedFrom(before, spec, 'v1')).toEqual([]);
});

it('nothing goes on from what has ended, or was compared with another stable', () => {
  expect(continuedFrom({ ...before, state: stateOf('rolled-back') }, bandit(), 'v1')).toEqual([]);
  expect(continuedFrom(before, bandit(), 'v2')).toEqual([]);
});
