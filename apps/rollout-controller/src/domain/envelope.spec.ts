// The bounds of a bandit: whatever an allocator wants, arms get what the stage allows.
import fc from 'fast-check';
import { withinCaps, withinEnvelope } from './envelope';

const bounds = { capsBps: {}, maxChangeBps: 10_000, floorBps: 200 };
const even = { v1: 3_334, v2: 3_333, v3: 3_333 };
const sum = (weights: Record<string, number>) => Object.values(weights).reduce((total, bps) => total + bps, 0);

it('gives arms what is wanted where nothing is in the way', () => {
  expect(withinEnvelope({ v1: 200, v2: 9_600, v3: 200 }, even, bounds, [])).toEqual({ v1: 200, v2: 9_600, v3: 200 });
});

it('begins with equal shares where the manifest names none', () => {
  expect(withinCaps({}, { capsBps: {} }, ['v1', 'v2', 'v3'], [])).toEqual(even);
  expect(withinCaps({}, { capsBps: { v3: 1_000 } }, ['v1', 'v2', 'v3'], [])).toEqual({
    v1: 4_500,
    v2: 4_500,
    v3: 1_000,
  });
});

it('gives an arm that is out nothing, however much is wanted for it', () => {
  const weights = withinEnvelope({ v1: 1_000, v2: 8_000, v3: 1_000 }, even, bounds, ['v2']);
  expect(weights).toEqual({ v1: 5_000, v2: 0, v3: 5_000 });
});

it('holds arms to their caps, and what is over goes to the others', () => {
  const capped = withinEnvelope({ v1: 500, v2: 9_000, v3: 500 }, even, { ...bounds, capsBps: { v2: 4_000 } }, []);
  expect(capped).toEqual({ v1: 3_000, v2: 4_000, v3: 3_000 });
});

it('goes a part of the way where a share would move too far, and arrives', () => {
  const limits = { ...bounds, maxChangeBps: 2_000 };
  const wanted = { v1: 200, v2: 9_600, v3: 200 };
  const first = withinEnvelope(wanted, even, limits, []);
  expect(first['v2']).toBe(5_333);
  const path = [first];
  for (let step = 0; step < 5; step += 1) path.push(withinEnvelope(wanted, path.at(-1) ?? even, limits, []));
  expect(path.at(-1)).toEqual(wanted);
});

it('lifts an arm to its floor, and leaves one that is in a least share: nothing is for arms that are out', () => {
  expect(withinEnvelope({ v1: 10_000, v2: 0, v3: 0 }, even, bounds, [])).toEqual({ v1: 9_600, v2: 200, v3: 200 });
  const bare = { ...bounds, floorBps: 0 };
  expect(withinEnvelope({ v1: 10_000, v2: 0, v3: 0 }, even, bare, ['v3'])).toEqual({ v1: 9_999, v2: 1, v3: 0 });
});

it('adds up to the whole, holds caps, floors and steps to a basis point, whatever is wanted (seed 20261123)', () => {
  const weight = fc.integer({ min: 0, max: 10_000 });
  const case_ = fc.record({
    wanted: fc.array(weight, { minLength: 4, maxLength: 4 }),
    before: fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 4, maxLength: 4 }),
    cap: fc.integer({ min: 500, max: 10_000 }),
    step: fc.integer({ min: 100, max: 10_000 }),
    isOut: fc.boolean(),
  });
  const named = (values: readonly number[]) => Object.fromEntries(values.map((value, arm) => [`v${arm}`, value]));
  fc.assert(
    fc.property(case_, ({ wanted, before, cap, step, isOut }) => {
      const out = isOut ? ['v3'] : [];
      const inForce = withinCaps(named(before), { capsBps: { v0: cap } }, ['v0', 'v1', 'v2', 'v3'], out);
      const limits = { capsBps: { v0: cap }, maxChangeBps: step, floorBps: 200 };
      const given = withinEnvelope(named(wanted), inForce, limits, out);
      expect(sum(given)).toBe(10_000);
      expect(given['v0']).toBeLessThanOrEqual(cap + 1);
      for (const arm of Object.keys(given)) {
        expect(given[arm]).toBeGreaterThanOrEqual(out.includes(arm) ? 0 : 1);
        expect(Math.abs((given[arm] ?? 0) - (inForce[arm] ?? 0))).toBeLessThanOrEqual(step + 1);
      }
      expect(given['v3'] === 0).toBe(isOut);
    }),
    { seed: 20261123 },
  );
});
