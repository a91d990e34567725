// An experiment over windows: what is shown, what is harmful, what is the same; and nothing of it biased by weights that change.
import { foldExperiment, openExperiment, type ExperimentState } from './experiment';
import { type ExperimentPlan, type Goal } from './experiment-plan';
import { contrastGoal } from './goal-contrast';
import { ExperimentBook, type SeenPrediction } from './experiment.fixture';
import { judgeExperiment, mayStillLead } from './judge-experiment';
import { normal, randomOf, type Random } from './numerics/seeded-draws';

const correct: Goal = { name: 'correct', metric: 'correct', kind: 'rate', direction: 'up', minimumEffect: 0.05 };
const p95: Goal = {
  ...{ name: 'latency-p95', metric: 'latency', kind: 'quantile', quantile: 0.95 },
  ...{ direction: 'down', minimumEffect: 5 },
};
const latency: Goal = { name: 'latency', metric: 'latency', kind: 'mean', direction: 'down', minimumEffect: null };

const plan: ExperimentPlan = {
  stage: 0,
  baseline: 'v1',
  candidates: ['v2'],
  goals: [correct],
  alpha: 0.05,
  minUnits: 100,
  plannedUnits: null,
};

const even = { v1: 5_000, v2: 5_000 };

interface Arms {
  readonly weights?: Readonly<Record<string, number>>;
  readonly rates: Readonly<Record<string, number>>;
  readonly latencyMs?: Readonly<Record<string, number>>;
}

/** New units of one window, as many as asked for. */
function arrivals(random: Random, index: number, units: number, { weights = even, rates, latencyMs }: Arms) {
  const arms = Object.entries(weights);
  const total = arms.reduce((sum, [, weight]) => sum + weight, 0);
  return Array.from({ length: units }, (_, place): SeenPrediction => {
    let at = random() * total;
    const [arm] = arms.find(([, weight]) => (at -= weight) < 0) ?? ['v1'];
    const median = latencyMs?.[arm] ?? 10;
    return {
      ...{ unit: `u-${index}-${place}`, arm, weights },
      latencyMs: median * Math.exp(0.5 * normal(random)),
      values: { correct: random() < (rates[arm] ?? 0) ? 1 : 0 },
    };
  });
}

function foldAll(of: ExperimentPlan, windows: readonly (readonly SeenPrediction[])[]): ExperimentState {
  const book = new ExperimentBook();
  return windows.reduce(
    (state, predictions, index) => foldExperiment(state, of, book.window(index, predictions)),
    openExperiment(of),
  );
}

function run(of: ExperimentPlan, windows: number, units: number, arms: (index: number) => Arms, seed = 7) {
  const random = randomOf(seed);
  return foldAll(
    of,
    Array.from({ length: windows }, (_, index) => arrivals(random, index, units, arms(index))),
  );
}

const comparisonOf = (state: ExperimentState, of = plan, index = 0) => {
  const comparison = judgeExperiment(state, of)[index];
  if (!comparison) throw new Error('there is no such comparison');
  return comparison;
};

describe('a comparison', () => {
  it('says nothing of its effect before anything has been counted, and no interval below 100 units of an arm', () => {
    expect(comparisonOf(openExperiment(plan))).toMatchObject({
      ...{ effect: null, interval: null, pValue: null, adjustedPValue: null, shown: null },
      ...{ harmful: false, equivalent: false },
      baseline: { units: 0, value: null },
    });
    const few = comparisonOf(run(plan, 1, 150, () => ({ rates: { v1: 0.1, v2: 0.9 } })));
    expect(few.effect).toBeGreaterThan(0.5);
    expect(few).toMatchObject({ interval: null, pValue: null, shown: null });
    expect(few.sentence).toContain('too little has been seen to tell');
  });

  it('shows what is better, with an interval that holds it, a valid p and the lift', () => {
    const better = comparisonOf(run(plan, 20, 100, () => ({ rates: { v1: 0.7, v2: 0.85 } })));
    expect(better).toMatchObject({ shown: 'better', harmful: false, equivalent: false });
    const [low, high] = better.interval ?? [0, 0];
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(0.15);
    expect(high).toBeGreaterThan(0.15);
    expect(better.adjustedPValue).toBeLessThan(0.05);
    expect(better.relative?.effect).toBeCloseTo((better.effect ?? 0) / (better.baseline.value ?? 1), 10);
    expect(better.sentence).toMatch(
      /^correct of v2 is 0\.\d+ \([\d,]+ units\) against .* of v1: \+0\.\d+ \(.*\), p .*; better/,
    );
  });

  it('shows what is worse, and that it is harmful only when it is by the minimum effect', () => {
    const small = comparisonOf(run(plan, 40, 400, () => ({ rates: { v1: 0.5, v2: 0.46 } })));
    expect(small).toMatchObject({ shown: 'worse', harmful: false });
    const great = comparisonOf(run(plan, 20, 200, () => ({ rates: { v1: 0.7, v2: 0.5 } })));
    expect(great).toMatchObject({ shown: 'worse', harmful: true });
    expect(great.sentence).toContain('worse by more than the minimum effect of 0.05');
  });

  it('shows that arms are the same only when the whole interval is within the minimum effect', () => {
    const same = (windows: number) => comparisonOf(run(plan, windows, 500, () => ({ rates: { v1: 0.5, v2: 0.5 } })));
    expect(same(4)).toMatchObject({ shown: null, equivalent: false });
    expect(same(40)).toMatchObject({ shown: null, equivalent: true });
  });

  it('turns every claim round where less is better', () => {
    const errors = { ...plan, goals: [{ ...correct, direction: 'down' as const }] };
    expect(
      comparisonOf(
        run(errors, 20, 200, () => ({ rates: { v1: 0.5, v2: 0.7 } })),
        errors,
      ),
    ).toMatchObject({
      ...{ shown: 'worse', harmful: true },
    });
    expect(
      comparisonOf(
        run(errors, 20, 200, () => ({ rates: { v1: 0.7, v2: 0.5 } })),
        errors,
      ),
    ).toMatchObject({
      ...{ shown: 'better', harmful: false },
    });
  });

  it('is held to Holm over all arms and metrics, and each interval to its part of alpha', () => {
    const three = { ...plan, candidates: ['v2', 'v3'], goals: [correct, latency] };
    const weights = { v1: 4_000, v2: 3_000, v3: 3_000 };
    const arms = { weights, rates: { v1: 0.7, v2: 0.85, v3: 0.7 } };
    const all = judgeExperiment(
      run(three, 30, 100, () => arms),
      three,
    );
    expect(all.map(({ metric, candidate }) => [metric, candidate])).toEqual([
      ['correct', 'v2'],
      ['correct', 'v3'],
      ['latency', 'v2'],
      ['latency', 'v3'],
    ]);
    expect(all.map(({ shown }) => shown)).toEqual(['better', null, null, null]);
    const [first, second] = all;
    expect(first?.adjustedPValue).toBeCloseTo(4 * (first?.pValue ?? 0), 12);
    expect(second?.adjustedPValue ?? 0).toBeGreaterThanOrEqual(second?.pValue ?? 1);
  });
});

describe('a latency', () => {
  it('is compared by its quantile in milliseconds, failures slower than all', () => {
    const of = { ...plan, goals: [p95] };
    const slow = comparisonOf(
      run(of, 30, 100, () => ({ rates: {}, latencyMs: { v1: 10, v2: 15 } })),
      of,
    );
    expect(slow).toMatchObject({ metric: 'latency-p95', shown: 'worse', harmful: true });
    // the 95th percentile of 10 ms exp(N/2) is 22.8 ms
    expect(slow.baseline.value).toBeGreaterThan(20);
    expect(slow.baseline.value).toBeLessThan(26);
    expect(slow.effect).toBeGreaterThan(8);
    const random = randomOf(3);
    const failing = Array.from({ length: 400 }, (_, place): SeenPrediction => {
      const arm = random() < 0.5 ? 'v2' : 'v1';
      return { unit: `u-${place}`, arm, weights: even, failed: arm === 'v2' && random() < 0.2 };
    });
    expect(comparisonOf(foldAll(of, [failing]), of)).toMatchObject({ effect: null, candidateCounts: { value: null } });
  });

  it('is compared by its mean too', () => {
    const of = { ...plan, goals: [latency] };
    const slow = comparisonOf(
      run(of, 30, 100, () => ({ rates: {}, latencyMs: { v1: 10, v2: 15 } })),
      of,
    );
    expect(slow).toMatchObject({ metric: 'latency', shown: 'worse', harmful: false });
  });
});

describe('weights that change on the way', () => {
  it('do not bias the effect, though the rate drifts while the candidate’s share grows', () => {
    // pooled over time v2 would seem worse by 0.14: it is there mostly when the rate is low
    const drift = (index: number): Arms => ({
      weights: index < 20 ? { v1: 9_000, v2: 1_000 } : { v1: 1_000, v2: 9_000 },
      rates: index < 20 ? { v1: 0.7, v2: 0.7 } : { v1: 0.5, v2: 0.5 },
    });
    const { effect, interval, shown } = comparisonOf(run(plan, 40, 300, drift));
    expect(Math.abs(effect ?? 1)).toBeLessThan(0.04);
    expect(interval?.[0]).toBeLessThan(0);
    expect(interval?.[1]).toBeGreaterThan(0);
    expect(shown).toBeNull();
  });

  it('leave an arm that is out with the baseline of its own time', () => {
    const of = { ...plan, candidates: ['v2', 'v3'] };
    const before = { weights: { v1: 4_000, v2: 3_000, v3: 3_000 }, rates: { v1: 0.7, v2: 0.7, v3: 0.5 } };
    const after = { weights: { v1: 5_714, v2: 4_286, v3: 0 }, rates: { v1: 0.3, v2: 0.3 } };
    const then = judgeExperiment(
      run(of, 20, 200, () => before),
      of,
    )[1];
    const later = judgeExperiment(
      run(of, 40, 200, (index) => (index < 20 ? before : after)),
      of,
    );
    expect(later[1]?.effect).toBeCloseTo(then?.effect ?? 0, 9);
    expect(later[1]?.baseline).toEqual(then?.baseline);
    expect(later[0]?.shown).toBeNull();
    expect(later[0]?.candidateCounts.units).toBeGreaterThan(then?.baseline.units ?? Infinity);
  });
});

describe('the leader of several', () => {
  const of = { ...plan, candidates: ['v2', 'v3'] };
  const weights = { v1: 3_334, v2: 3_333, v3: 3_333 };
  const at = (rates: Record<string, number>, windows = 60) => run(of, windows, 300, () => ({ weights, rates }));

  it('may still be overtaken by what is as good, until that cannot be better by the minimum effect', () => {
    const alike = { v1: 0.5, v2: 0.7, v3: 0.7 };
    expect(mayStillLead(at(alike, 4), of, 'v2', 'v3')).toBe(true);
    expect(mayStillLead(at(alike), of, 'v2', 'v3')).toBe(false);
    expect(mayStillLead(at({ v1: 0.5, v2: 0.7, v3: 0.6 }, 20), of, 'v2', 'v3')).toBe(false);
    expect(mayStillLead(at({ v1: 0.5, v2: 0.6, v3: 0.7 }), of, 'v2', 'v3')).toBe(true);
  });
});

describe('folding', () => {
  const random = randomOf(11);
  const book = new ExperimentBook();
  const windows = Array.from({ length: 6 }, (_, index) =>
    book.window(index, arrivals(random, index, 80, { rates: { v1: 0.6, v2: 0.7 } })),
  );

  it('goes on identically after its state was written down, whatever the order of the rows', () => {
    const folded = windows.reduce((state, rows) => foldExperiment(state, plan, rows), openExperiment(plan));
    const reread = windows.reduce(
      (state, rows) => JSON.parse(JSON.stringify(foldExperiment(state, plan, [...rows].reverse()))) as ExperimentState,
      openExperiment(plan),
    );
    expect(JSON.stringify(reread)).toBe(JSON.stringify(folded));
    expect(() => foldExperiment(folded, plan, windows[2] ?? [])).toThrow(RangeError);
  });

  it('is of its own stage: what the same units came to in a canary of other people is neither counted nor carried into a unit’s sums', () => {
    const canary = new ExperimentBook();
    const draw = randomOf(12);
    const arms = { weights: { v1: 9_000, v2: 1_000 }, rates: { v1: 0.6, v2: 0.7 } };
    const sent = arrivals(draw, 0, 2_000, arms);
    const again = sent.map((one) => ({ ...one, weights: even, arm: draw() < 0.5 ? 'v1' : 'v2' }));
    const rows = [canary.window(0, sent, 0), canary.window(1, again, 1)];
    const later = { ...plan, stage: 1 };
    const state = rows.reduce((held, each) => foldExperiment(held, later, each), openExperiment(later));
    const alone = new ExperimentBook();
    const only = [[], alone.window(1, again, 1)];
    const same = only.reduce((held, each) => foldExperiment(held, later, each), openExperiment(later));
    const { baseline, candidateCounts } = comparisonOf(state, later);
    expect(baseline.units + candidateCounts.units).toBe(2_000);
    expect(judgeExperiment(state, later)).toEqual(judgeExperiment(same, later));
  });

  it('concludes nothing while a row holds numbers that are none', () => {
    const bad = windows.map((rows, index) =>
      index === 3 ? rows.map((row) => (row.metric === 'correct' ? { ...row, sum: NaN } : row)) : rows,
    );
    const state = bad.reduce((held, rows) => foldExperiment(held, plan, rows), openExperiment(plan));
    expect(comparisonOf(state)).toMatchObject({ interval: null, pValue: null, shown: null });
  });
});

describe('a ratio of two sums', () => {
  const perView: Goal = { name: 'per-view', metric: 'per-view', kind: 'mean', direction: 'up', minimumEffect: 0.5 };
  const ofRatios = { ...plan, goals: [perView] };
  /** A unit's views vary, some have none; what it spends goes with them. */
  const visit = (draw: Random, unit: string, rates: Readonly<Record<string, number>>, weights = even) => {
    const arm = draw() < (weights.v2 ?? 0) / 10_000 ? 'v2' : 'v1';
    const denominator = Math.floor(6 * draw() * draw());
    const numerator = denominator * ((rates[arm] ?? 0) + 0.5 * normal(draw));
    return { unit, arm, weights, parts: { 'per-view': { numerator, denominator } } };
  };
  const visits = (draw: Random, index: number, units: number, rates: Readonly<Record<string, number>>) =>
    Array.from({ length: units }, (_, at) => visit(draw, `u-${index}-${at}`, rates));

  it('has the effect and standard error of the delta method, as a count by hand has them', () => {
    const seen = visits(randomOf(3), 0, 2_000, { v1: 2, v2: 2.3 });
    const state = foldAll(ofRatios, [seen]);
    const byHand = (arm: string) => {
      const pairs = seen.filter((one) => one.arm === arm).map((one) => one.parts['per-view']);
      const n = pairs.length;
      const meanOf = (read: (pair: (typeof pairs)[number]) => number) => pairs.reduce((s, p) => s + read(p), 0) / n;
      const [my, md] = [meanOf(({ numerator }) => numerator), meanOf(({ denominator }) => denominator)];
      const cov = (a: 'numerator' | 'denominator', b: 'numerator' | 'denominator', ma: number, mb: number) =>
        (meanOf((pair) => (pair[a] - ma) * (pair[b] - mb)) * n) / (n - 1);
      const [vy, vd] = [cov('numerator', 'numerator', my, my), cov('denominator', 'denominator', md, md)];
      const both = cov('numerator', 'denominator', my, md);
      // Var(Y/D) = Vy/D^2 - 2 Y Cov/D^3 + Y^2 Vd/D^4, over n
      return { ratio: my / md, variance: (vy / md ** 2 - (2 * my * both) / md ** 3 + (my ** 2 * vd) / md ** 4) / n };
    };
    const [v1, v2] = [byHand('v1'), byHand('v2')];
    const only = state.goals[0] ?? { totals: null };
    const contrast = only.totals && contrastGoal(only.totals, perView);
    expect(contrast?.effect).toBeCloseTo(v2.ratio - v1.ratio, 7);
    expect(1 / Math.sqrt(contrast?.information ?? NaN)).toBeCloseTo(Math.sqrt(v1.variance + v2.variance), 7);
    expect(comparisonOf(state, ofRatios).baseline.value).toBeCloseTo(v1.ratio, 7);
  });

  it('is shown to be better, worse and the same, as a mean is', () => {
    const over = (rates: Readonly<Record<string, number>>, windows = 30) => {
      const draw = randomOf(4);
      const seen = Array.from({ length: windows }, (_, index) => visits(draw, index, 200, rates));
      return comparisonOf(foldAll(ofRatios, seen), ofRatios);
    };
    expect(over({ v1: 2, v2: 2.2 })).toMatchObject({ shown: 'better', harmful: false });
    expect(over({ v1: 2, v2: 1 })).toMatchObject({ shown: 'worse', harmful: true });
    expect(over({ v1: 2, v2: 2 })).toMatchObject({ shown: null, equivalent: true });
    expect(over({ v1: 2, v2: 2 }).sentence).toContain('per-view of v2 is');
  });

  it('waits where the units are worth fewer than a hundred equal ones: a few that have nearly all of the denominator', () => {
    const seen = visits(randomOf(6), 0, 600, { v1: 1, v2: 9 });
    const lopsided = seen.map((one, at) =>
      at < 6 ? { ...one, parts: { 'per-view': { numerator: 1_000, denominator: 1_000 } } } : one,
    );
    expect(comparisonOf(foldAll(ofRatios, [seen]), ofRatios).shown).toBe('better');
    expect(comparisonOf(foldAll(ofRatios, [lopsided]), ofRatios)).toMatchObject({ shown: null, interval: null });
  });

  it('of which nothing has a denominator yet says nothing', () => {
    const none = visits(randomOf(5), 0, 500, {}).map((one) => ({
      ...one,
      parts: { 'per-view': { numerator: 1, denominator: 0 } },
    }));
    expect(comparisonOf(foldAll(ofRatios, [none]), ofRatios)).toMatchObject({ effect: null, shown: null });
  });

  it('is a difference by chance seldom, at 20 looks, though units come again and weights change: 60 experiments', () => {
    const draw = randomOf(20_261_123);
    let wrong = 0;
    for (let run = 0; run < 60; run += 1) {
      const book = new ExperimentBook();
      const wide = { ...ofRatios, goals: [{ ...perView, minimumEffect: null }] };
      let [state, shown] = [openExperiment(wide), false];
      for (let index = 0; index < 20; index += 1) {
        const weights = index < 10 ? { v1: 8_000, v2: 2_000 } : even;
        const seen = Array.from({ length: 20 }, () => {
          const unit = Math.floor(250 * draw());
          const arm = unit % 10 < weights.v2 / 1_000 ? 'v2' : 'v1';
          return { ...visit(draw, `u-${unit}`, { v1: 2 - index / 20, v2: 2 - index / 20 }, weights), arm };
        });
        state = foldExperiment(state, wide, book.window(index, seen));
        shown ||= comparisonOf(state, wide).shown !== null;
      }
      if (shown) wrong += 1;
    }
    expect(wrong).toBeLessThanOrEqual(8);
  });
});

it('a candidate that is never right is told from a baseline that always is, though neither varies', () => {
  const state = run(plan, 10, 100, () => ({ rates: { v1: 1, v2: 0 } }));
  const [only] = judgeExperiment(state, plan);
  expect(only).toMatchObject({ effect: -1, shown: 'worse', harmful: true });
  expect(only?.interval?.[0]).toBeLessThan(-1);
  const alike = run(plan, 10, 100, () => ({ rates: { v1: 1, v2: 1 } }));
  expect(judgeExperiment(alike, plan)[0]).toMatchObject({ shown: null, interval: null });
});
