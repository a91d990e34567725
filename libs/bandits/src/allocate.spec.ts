// The weights are a function of the outcomes and of the instant: no order, batch, repetition or delay changes a bit of them.
import fc from 'fast-check';
import { allocate, type AllocationPlan } from './allocate';
import { learn, rewardChanges, type BanditState, type Outcome } from './bandit-state';
import { bucketOf } from './buckets';

const halfLifeMs = 3_600_000;
const startMs = Date.parse('2026-11-23T00:00:00.000Z');
const dayMs = 86_400_000;
const arms = ['v1', 'v2', 'v3'];
const plan: AllocationPlan = { algorithm: 'thompson', likelihood: 'bernoulli', direction: 'up', halfLifeMs, arms };
const nothing: BanditState = new Map();

/** A book as the allocator keeps one: what is known of each identity. */
function learnAll(batches: readonly (readonly Outcome[])[]): BanditState {
  const known = new Map<string, Outcome>();
  let state = nothing;
  for (const batch of batches) {
    const changes = batch.flatMap((outcome) => {
      const found = known.get(outcome.identity);
      if (!found || found.revision < outcome.revision) known.set(outcome.identity, outcome);
      return rewardChanges(outcome, found, halfLifeMs);
    });
    state = learn(state, changes);
  }
  return state;
}

function outcome(number: number, arm: string, reward: number, ageMs = 0): Outcome {
  return { identity: `p${number}`, revision: 0, arm, servedAtMs: startMs + dayMs - ageMs, reward };
}

const many = (count: number, of: (index: number) => Outcome) => Array.from({ length: count }, (_, index) => of(index));

function batchesOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

const anyOutcomes = fc.array(
  fc.record({
    identity: fc.integer({ min: 0, max: 60 }).map((number) => `p${number}`),
    revision: fc.integer({ min: 0, max: 3 }),
    arm: fc.constantFrom(...arms),
    servedAtMs: fc.integer({ min: startMs - dayMs, max: startMs + dayMs }),
    reward: fc.constantFrom(0, 1, 0.9, 0.1, 1 / 3),
  }),
  { minLength: 1, maxLength: 200 },
);

/** One identity and revision is one fact: arm, instant and reward come with it. */
function consistent(outcomes: readonly Outcome[]): Outcome[] {
  const facts = new Map<string, Outcome>();
  const origins = new Map<string, Outcome>();
  for (const each of outcomes) {
    const origin = origins.get(each.identity) ?? each;
    origins.set(each.identity, origin);
    const key = `${each.identity} ${each.revision}`;
    facts.set(key, facts.get(key) ?? { ...each, arm: origin.arm, servedAtMs: origin.servedAtMs });
  }
  return [...facts.values()];
}

describe('the same outcomes', () => {
  it('give the same weights bit for bit in any order, batches and repetitions', () => {
    fc.assert(
      fc.property(
        anyOutcomes.map(consistent).chain((facts) =>
          fc.record({
            facts: fc.constant(facts),
            again: fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length }),
            shuffled: fc.shuffledSubarray(facts, { minLength: facts.length }),
            size: fc.integer({ min: 1, max: 50 }),
            likelihood: fc.constantFrom('bernoulli', 'numeric', 'counts', 'normal'),
            algorithm: fc.constantFrom('thompson', 'top-two', 'epsilon-greedy'),
          }),
        ),
        ({ facts, again, shuffled, size, likelihood, algorithm }) => {
          const asked = { ...plan, likelihood, algorithm };
          const clean = allocate(learnAll([facts]), asked, startMs + dayMs);
          const muddled = allocate(learnAll(batchesOf([...again, ...shuffled], size)), asked, startMs + dayMs);
          expect(muddled).toStrictEqual(clean);
        },
      ),
      { seed: 20_261_123, numRuns: 150 },
    );
  });

  it.each([
    [1, 1_000],
    [10, 1],
    [100, 32],
    [1_000, 1_000],
    [10_000, 1_000],
  ])('give them by batches of %i, delayed by up to %i records, a day late', (size, delay) => {
    // one at a time every change makes a new state: fewer will do
    const stream = many(size === 1 ? 2_000 : 10_000, (index) =>
      outcome(index, arms[index % 3] ?? '', index % 7 === 0 ? 1 : 0, index * 8_640),
    );
    const late = stream.map((each, index) => ({ each, at: index + ((index * 7_919) % delay) }));
    const delayed = late.sort((a, b) => a.at - b.at).map(({ each }) => each);
    const clean = allocate(learnAll([stream]), plan, startMs + dayMs);
    expect(allocate(learnAll(batchesOf(delayed, size)), plan, startMs + dayMs)).toStrictEqual(clean);
  });

  it('give them whatever was removed and came again: a state that is rebuilt is the state', () => {
    const stream = many(500, (index) => outcome(index, arms[index % 3] ?? '', index % 2, index * 60_000));
    const revised = stream.map((each, index) => ({ ...each, revision: 1, reward: index % 5 === 0 ? 1 : 0 }));
    expect(learnAll([stream, revised])).toStrictEqual(learnAll([[...revised].reverse(), stream]));
  });

  it('give them whichever order the arms are named in, with none twice', () => {
    const state = learnAll([many(90, (index) => outcome(index, arms[index % 3] ?? '', index % 4 === 0 ? 1 : 0))]);
    const turned = allocate(state, { ...plan, arms: ['v3', 'v1', 'v2', 'v1'] }, startMs + dayMs);
    expect(turned).toStrictEqual(allocate(state, plan, startMs + dayMs));
  });
});

describe('weights', () => {
  const trained = learnAll([
    [
      ...many(1_000, (index) => outcome(index, 'v1', index % 10 === 0 ? 1 : 0)),
      ...many(1_000, (index) => outcome(10_000 + index, 'v2', index % 5 === 0 ? 1 : 0)),
      ...many(1_000, (index) => outcome(20_000 + index, 'v3', index % 20 === 0 ? 1 : 0)),
    ],
  ]);
  const now = startMs + dayMs;
  const sum = (weights: Readonly<Record<string, number>>) =>
    Object.values(weights).reduce((all, each) => all + each, 0);

  it('go to the best arm, up or down, and sum to 10,000', () => {
    const up = allocate(trained, { ...plan, floor: 0.02 }, now).weights;
    expect([up['v1'], up['v3'], sum(up)]).toEqual([200, 200, 10_000]);
    const down = allocate(trained, { ...plan, floor: 0.02, direction: 'down' }, now).weights;
    expect([down['v1'], down['v2'], sum(down)]).toEqual([200, 200, 10_000]);
  });

  it('keep every arm above its floor and below its cap, whatever the outcomes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 1_500 }),
        fc.integer({ min: 3_000, max: 10_000 }),
        fc.constantFrom('thompson', 'top-two', 'epsilon-greedy'),
        (counts, floorBps, capBps, algorithm) => {
          const names = counts.map((_, index) => `v${index}`);
          const state = learnAll([
            counts.flatMap(([hits, misses], arm) =>
              many(hits + misses, (index) => outcome(arm * 10_000 + index, `v${arm}`, index < hits ? 1 : 0)),
            ),
          ]);
          const asked = { ...plan, algorithm, arms: names, floor: floorBps / 10_000, caps: { v0: capBps / 10_000 } };
          const { weights } = allocate(state, asked, now);
          expect(sum(weights)).toBe(10_000);
          const fits = floorBps * names.length <= 10_000 && floorBps <= capBps;
          for (const name of names) expect(weights[name]).toBeGreaterThanOrEqual(fits ? floorBps : 0);
          if (names.length > 1) expect(weights['v0']).toBeLessThanOrEqual(capBps + 1);
        },
      ),
      { seed: 20_261_123, numRuns: 60 },
    );
  });

  it('move no further than a step at one update, and arrive', () => {
    const asked = { ...plan, floor: 0.02, step: 0.1 };
    let weights: Readonly<Record<string, number>> = { v1: 3_400, v2: 3_300, v3: 3_300 };
    for (let update = 0; update < 10; update += 1) {
      const next = allocate(trained, asked, now, weights).weights;
      for (const arm of arms) expect(Math.abs((next[arm] ?? 0) - (weights[arm] ?? 0))).toBeLessThanOrEqual(1_001);
      weights = next;
    }
    expect(weights).toEqual(allocate(trained, { ...asked, step: 1 }, now).weights);
  });

  it('an arm that was added begins with what is believed of an arm without outcomes; one that was removed has none', () => {
    const added = allocate(trained, { ...plan, arms: [...arms, 'v4'] }, now);
    expect(added.arms['v4']).toMatchObject({ posterior: { kind: 'beta', alpha: 1, beta: 1 }, effectiveOutcomes: 0 });
    expect(added.weights['v4']).toBeGreaterThan(5_000);
    const capped = allocate(trained, { ...plan, arms: [...arms, 'v4'], caps: { v4: 0.05 } }, now).weights;
    expect(capped['v4']).toBe(500);
    const removed = allocate(trained, { ...plan, arms: ['v1', 'v3'] }, now).weights;
    expect(Object.keys(removed)).toEqual(['v1', 'v3']);
    expect([removed['v2'], sum(removed)]).toEqual([undefined, 10_000]);
  });

  it('of one arm are all of it; of none are none', () => {
    expect(allocate(trained, { ...plan, arms: ['v1'] }, now).weights).toEqual({ v1: 10_000 });
    expect(allocate(trained, { ...plan, arms: [] }, now).weights).toEqual({});
  });

  it.each(['bernoulli', 'numeric', 'counts', 'normal'] as const)(
    'are equal where no arm has earned anything, or has no outcomes at all (%s)',
    (likelihood) => {
      const zeros = learnAll([many(300, (index) => outcome(index, arms[index % 3] ?? '', 0))]);
      for (const state of [zeros, nothing]) {
        const { weights } = allocate(state, { ...plan, likelihood }, now);
        expect(Object.values(weights).sort()).toEqual([3_333, 3_333, 3_334]);
      }
    },
  );

  it('count a reward of 0.9 as 0.9', () => {
    const { arms: standing } = allocate(learnAll([many(100, (index) => outcome(index, 'v1', 0.9))]), plan, now);
    expect(standing['v1']?.posterior).toEqual({
      kind: 'beta',
      alpha: expect.closeTo(91, 3) as number,
      beta: expect.closeTo(11, 3) as number,
    });
  });

  it('halve what an outcome counts in a half-life, and forget it in the end', () => {
    const state = learnAll([[outcome(1, 'v1', 1)]]);
    const count = (halfLives: number) =>
      allocate(state, plan, now + halfLives * halfLifeMs).arms['v1']?.effectiveOutcomes;
    expect([count(0), count(1), count(2.5), count(2_000)]).toEqual([1, 0.5, expect.closeTo(2 ** -2.5, 12), 0]);
    // from a clock that is ahead: in full
    expect(count(-1)).toBe(1);
  });

  it('epsilon-greedy explores less the more it knows', () => {
    const greedy = { ...plan, algorithm: 'epsilon-greedy' } as const;
    expect(allocate(nothing, greedy, now).weights).toEqual({ v1: 3_334, v2: 3_333, v3: 3_333 });
    const exploration = { first: 1, least: 0.03, halvedAfter: 1_000 };
    expect(allocate(trained, { ...greedy, exploration }, now).weights).toEqual({ v1: 833, v2: 8_334, v3: 833 });
    expect(allocate(trained, greedy, now).weights['v1']).toBe(Math.round((10_000 * 100) / 3_100 / 3));
  });
});

describe('what is refused', () => {
  it.each([NaN, Infinity, -Infinity])('a reward of %s', (reward) => {
    expect(() => rewardChanges(outcome(1, 'v1', reward), undefined, halfLifeMs)).toThrow(
      'reward must be a finite number',
    );
  });

  it('an instant, a half-life and an asOf that are no numbers', () => {
    const nowhere = { ...outcome(1, 'v1', 1), servedAtMs: NaN };
    expect(() => rewardChanges(nowhere, undefined, halfLifeMs)).toThrow('servedAtMs must be a finite number');
    expect(() => allocate(nothing, { ...plan, halfLifeMs: 0 }, startMs)).toThrow('halfLifeMs must be above 0');
    expect(() => allocate(nothing, plan, NaN)).toThrow('asOfMs must be a number');
  });
});

it('buckets are a sixty-fourth of a half-life wide, also of one that 64 does not divide', () => {
  expect(bucketOf(startMs + 1_000 / 64, 1_000) - bucketOf(startMs, 1_000)).toBe(1);
  expect(bucketOf(startMs + 10_000, 10_000) - bucketOf(startMs, 10_000)).toBe(64);
});
