// What experiments rest on: a unit keeps its arm, experiments on one model share no unit, and those on two know nothing of each other.
import fc from 'fast-check';
import { decide } from './decide';
import { type RoutingPolicy, type RoutingSlice } from './policy';
import { policy as canary, slice } from './policy.fixture';
import { compile } from './snapshot';

const seed = 20261123;

/** Two arms, half each. */
const ab: RoutingSlice = { ...slice, arms: { v1: 5_000, v2: 5_000 } };

const policy: RoutingPolicy = { ...canary, versions: { v1: {}, v2: {}, v3: {}, v4: {} }, slices: [ab] };

const weights = fc
  .array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 4 })
  .map((parts): Record<string, number> => {
    const total = parts.reduce((sum, part) => sum + part, 0);
    const bps = parts.map((part) => Math.floor((10_000 * part) / total));
    const rest = 10_000 - bps.reduce((sum, part) => sum + part, 0);
    return Object.fromEntries(bps.map((part, index) => [`v${index + 1}`, part + (index === 0 ? rest : 0)]));
  });

/** Each prediction has an id of its own: what a unit meets must not hang on it. */
let asked = 0;

function armOf(changed: Partial<RoutingPolicy>, unit: string, attributes: Record<string, string> = {}) {
  return decide(compile({ ...policy, ...changed }), { unit, attributes, predictionId: `p-${(asked += 1)}` });
}

describe('a unit', () => {
  it(`never sees two arms while the weights do not change, whatever else does (seed ${seed})`, () => {
    const units = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 20 });
    const others = fc.record({ revision: fc.nat(), epoch: fc.nat(), step: fc.nat(9), list: fc.array(fc.string()) });
    fc.assert(
      fc.property(weights, fc.string(), units, others, (arms, salt, names, { revision, epoch, step, list }) => {
        const slice = { ...ab, arms, salt: `salt${salt}`, from: 0, to: 6_000 };
        const other = { ...ab, rollout: 'r-2', salt: 'r-2-salt', from: 6_000, to: 10_000 };
        const moved = Object.fromEntries(Object.entries(arms).reverse());
        const later: Partial<RoutingPolicy> = {
          revision,
          epoch,
          lists: { beta: list },
          targets: [{ when: { region: 'eu' }, version: 'v4' }],
          slices: [other, { ...slice, arms: moved, step, epoch }],
        };
        for (const unit of names) {
          const before = armOf({ slices: [slice] }, unit);
          if (before.rollout === undefined) continue;
          expect([1, 2, 3].map(() => armOf(later, unit, { app: String(revision) }).arm)).toEqual(
            Array(3).fill(before.arm),
          );
        }
      }),
      { seed, numRuns: 50 },
    );
  });

  it(`moves only if its arm is out: the others keep theirs when the shares are scaled up (seed ${seed})`, () => {
    const many = fc.array(fc.string({ minLength: 1 }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(many, (names) => {
        const before = { ...ab, arms: { v1: 4_000, v2: 4_000, v3: 2_000 } };
        const after = { ...ab, arms: { v1: 5_000, v2: 5_000, v3: 0 } };
        for (const unit of names) {
          const held = armOf({ slices: [before] }, unit).arm;
          const now = armOf({ slices: [after] }, unit).arm;
          if (held === 'v3') expect(['v1', 'v2']).toContain(now);
          else expect(now).toBe(held);
        }
      }),
      { seed },
    );
  });
});

describe('two experiments on one model', () => {
  it(`share no unit, and neither has one of the holdout, wherever their slices are cut (seed ${seed})`, () => {
    const cuts = fc.tuple(fc.nat(10_000), fc.nat(10_000), fc.nat(5_000));
    const names = Array.from({ length: 100 }, (_, index) => `unit-${index}`);
    fc.assert(
      fc.property(cuts, fc.string(), ([a, b, holdoutBps], salt) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const first = { ...ab, from: 0, to: from };
        const second = { ...ab, rollout: 'r-2', salt: 'r-2-salt', from, to };
        const both: Partial<RoutingPolicy> = { salt: `m${salt}`, slices: [first, second], holdoutBps };
        const only = (slices: RoutingSlice[]): Partial<RoutingPolicy> => ({ ...both, slices });
        const rolloutsIn = (changed: Partial<RoutingPolicy>) => {
          const snapshot = compile({ ...policy, ...changed });
          return names.map((unit) => decide(snapshot, { unit, attributes: {}, predictionId: unit }).rollout);
        };
        const [inFirst, inSecond, inBoth] = [only([first]), only([second]), both].map(rolloutsIn);
        expect(names.filter((_, index) => inFirst?.[index] !== undefined && inSecond?.[index] !== undefined)).toEqual(
          [],
        );
        expect(inBoth).toEqual(names.map((_, index) => inFirst?.[index] ?? inSecond?.[index]));
      }),
      { seed, numRuns: 30 },
    );
  });

  it('leave the holdout with stable, and nothing of it changes when a slice is cut anew', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `unit-${index}`);
    const heldOut = (slices: RoutingSlice[]) => {
      const snapshot = compile({ ...policy, slices, holdoutBps: 1_000 });
      const decisions = names.map((unit) => decide(snapshot, { unit, attributes: {}, predictionId: unit }));
      const out = decisions.map(({ rollout }) => rollout === undefined);
      expect(decisions.every(({ arm, rollout, reason }) => rollout || (arm === 'v1' && reason === 'no-rollout'))).toBe(
        true,
      );
      return names.filter((_, index) => out[index]);
    };
    const before = heldOut([ab]);
    expect(Math.abs(before.length / names.length - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / names.length));
    expect(
      heldOut([
        { ...ab, to: 4_000 },
        { ...ab, rollout: 'r-2', from: 4_000 },
      ]),
    ).toEqual(before);
  });
});

/** Chi-square of independence over the arms that units meet in two experiments. */
function chiSquare(pairs: readonly (readonly [string, string])[]): { statistic: number; degreesOfFreedom: number } {
  const tally = (keys: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  const [rows, columns] = [tally(pairs.map(([row]) => row)), tally(pairs.map(([, column]) => column))];
  const cells = tally(pairs.map(([row, column]) => `${row} ${column}`));
  let statistic = 0;
  for (const [row, rowCount] of rows)
    for (const [column, columnCount] of columns) {
      const expected = (rowCount * columnCount) / pairs.length;
      statistic += ((cells.get(`${row} ${column}`) ?? 0) - expected) ** 2 / expected;
    }
  return { statistic, degreesOfFreedom: (rows.size - 1) * (columns.size - 1) };
}

describe('experiments on two models', () => {
  it('meet the same units independently, arm by arm and slice by slice, salt by salt', () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `user-${index}`);
    const arms = { v1: 5_000, v2: 3_000, v3: 2_000 };
    let total = 0;
    let degreesOfFreedom = 0;
    for (let run = 0; run < 10; run++) {
      const met = [0, 1].map((model) => {
        const slices = [
          { ...ab, arms, to: 7_000, salt: `rollout-${run}-${model}` },
          { ...ab, from: 7_000, rollout: 'r-2', salt: `other-${run}-${model}` },
        ];
        const snapshot = compile({ ...policy, salt: `model-${run}-${model}`, slices });
        return names.map((unit) => {
          const { rollout, arm } = decide(snapshot, { unit, attributes: {}, predictionId: unit });
          return `${rollout}/${arm}`;
        });
      });
      const pairs = names.map((_, index) => [met[0]?.[index] ?? '', met[1]?.[index] ?? ''] as const);
      const one = chiSquare(pairs);
      total += one.statistic;
      degreesOfFreedom += one.degreesOfFreedom;
    }
    // beyond 4 standard deviations once in 30,000
    expect(degreesOfFreedom).toBe(160);
    expect(Math.abs(total - 160)).toBeLessThan(4 * Math.sqrt(2 * 160));
  });

  it('tells dependence where there is some: one salt for both', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);
    const snapshot = compile(policy);
    const arms = names.map((unit) => decide(snapshot, { unit, attributes: {}, predictionId: unit }).arm);
    expect(chiSquare(arms.map((arm) => [arm, arm] as const)).statistic).toBeGreaterThan(900);
  });
});
