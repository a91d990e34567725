// Long runs of whole experiments: how often chance alone decides, and whether a planned size has the power that was planned. Minutes of CPU.
// Sizes: WEIR_STATS_EXPERIMENTS (default 2,000).
import { powerCalculator } from './calculate-power';
import { type Asked } from './compared-arms';
import { logEvidence, tuning } from './confidence-sequence';
import { estimate, ratioMean } from './contrast';
import { adjustByCovariate } from './covariate-adjustment';
import { meansTest, proportionsTest } from './fixed-horizon';
import { binomial, randomOf } from './numerics/seeded-draws';
import { answerOf } from './shared-vectors.fixture';
import { findsEffect, meanOfArm, runExperiment, slack, type ExponentialArm } from './simulated-experiment.fixture';

const runs = Number(process.env['WEIR_STATS_EXPERIMENTS'] ?? 2_000);
const seed = 20_261_123;

const say = (what: string, numbers: object): void => console.log(`${what}, seed ${seed}: ${JSON.stringify(numbers)}`);

describe('experiments-alike: no effect, skewed units, a base rate that halves, the candidate’s share from 10 % to 50 %', () => {
  it('200 looks at alpha 0.01 decide at most 31 of 2,000 times, sample ratios alarm at most 7 times, and the change of weights biases nothing', () => {
    const random = randomOf(seed);
    const [once, always] = [{ alpha: 0.05 }, { alpha: 0.01 }].map((asked): Asked => ({
      ...asked,
      alternative: 'two-sided',
    }));
    if (!once || !always) throw new Error('two');
    const wrong = { decided: 0, alarms: 0, atTheEnd: 0, adjusted: 0 };
    const [differences, plainly]: [number[], number[]] = [[], []];
    for (let run = 0; run < runs; run += 1) {
      const experiment = { units: 4_000, looks: 200, effect: 0, shares: [0.1, 0.5] } as const;
      const { decided, broken, totals, plain } = runExperiment(experiment, always, random);
      if (decided) wrong.decided += 1;
      if (broken !== null) wrong.alarms += 1;
      const [v1, v2] = [ratioMean(totals.v1), ratioMean(totals.v2)];
      if (!v1 || !v2) throw new Error('no means');
      differences.push(v2.mean - v1.mean);
      plainly.push(plain.v2.hits / plain.v2.records - plain.v1.hits / plain.v1.records);
      if (meansTest(v2, v1, once).absolute.pValue <= once.alpha) wrong.atTheEnd += 1;
      const [before, after] = adjustByCovariate([totals.v1, totals.v2])?.arms ?? [];
      if (before && after && meansTest(after.adjusted, before.adjusted, once).absolute.pValue <= once.alpha)
        wrong.adjusted += 1;
    }
    const [bias, plainBias] = [meanWithError(differences), meanWithError(plainly)];
    say('no effect', { runs, ...wrong, bias, plainBias });
    expect(wrong.decided).toBeLessThanOrEqual((31 * runs) / 2_000);
    expect(wrong.alarms).toBeLessThanOrEqual((7 * runs) / 2_000);
    expect(Math.abs(wrong.atTheEnd / runs - 0.05)).toBeLessThan(slack(0.05, runs));
    expect(Math.abs(wrong.adjusted / runs - 0.05)).toBeLessThan(slack(0.05, runs));
    expect(Math.abs(bias.mean)).toBeLessThan(3.3 * bias.error);
    // what pooling would make of the same runs: the candidate has its units when the rate is low
    expect(plainBias.mean).toBeLessThan(-20 * plainBias.error);
  });

  it('a ratio, whose parts are both skewed, is decided as seldom', () => {
    const random = randomOf(seed);
    const experiment = { units: 4_000, looks: 200, effect: 0, shares: [0.1, 0.5], ofRatio: true } as const;
    let decided = 0;
    for (let run = 0; run < runs; run += 1)
      if (runExperiment(experiment, { alpha: 0.01, alternative: 'two-sided' }, random).decided) decided += 1;
    say('a ratio', { runs, decided });
    expect(decided).toBeLessThanOrEqual((31 * runs) / 2_000);
  });

  it.each(['assignment', 'serving', 'join'] as const)(
    'a quarter of the candidate’s units lost in %s is found, and called that',
    (fault) => {
      const random = randomOf(seed);
      const faulty = Math.ceil(runs / 10);
      const called = { right: 0, wrong: 0 };
      for (let run = 0; run < faulty; run += 1) {
        const experiment = { units: 4_000, looks: 50, effect: 0, shares: [0.5, 0.5], fault } as const;
        const { broken } = runExperiment(experiment, { alpha: 0.01, alternative: 'two-sided' }, random);
        if (broken === fault) called.right += 1;
        else if (broken !== null) called.wrong += 1;
      }
      say(`planted in ${fault}`, { runs: faulty, ...called });
      expect(called.right).toBeGreaterThanOrEqual(0.98 * faulty);
      expect(called.wrong).toBeLessThanOrEqual(0.01 * faulty);
    },
  );
});

function meanWithError(values: readonly number[]): { mean: number; error: number } {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

describe('experiments-power: the planned size finds the planned effect within 2 points of the planned power', () => {
  const asked: Asked = { alpha: 0.05, alternative: 'two-sided' };
  const many = 2 * runs;

  it('of the sequence, looked at 200 times', () => {
    const plan = {
      metric: 'mean',
      baseline: { mean: 1, variance: 1 },
      effect: 0.1,
      power: 0.8,
      sequential: true,
    } as const;
    const { unitsPerArm, plannedUnits = NaN, rejectAtHorizon = NaN } = answerOf(powerCalculator(plan));
    const excludes = (candidate: ExponentialArm, baseline: ExponentialArm): boolean => {
      if (baseline.n < 100) return false;
      const { difference, standardError } = estimate(meanOfArm(candidate), meanOfArm(baseline), 1);
      const q = (2 * baseline.n * tuning(asked.alpha)) / plannedUnits;
      return logEvidence(difference / standardError, q, 'two') >= -Math.log(asked.alpha);
    };
    const random = randomOf(seed);
    let [crossed, atHorizon] = [0, 0];
    for (let run = 0; run < many; run += 1) {
      let last = false;
      const found = (looks: number) =>
        findsEffect({ unitsPerArm, effect: 0.1, looks }, asked, (a, b) => (last = excludes(a, b)), random);
      if (found(200)) crossed += 1;
      if (run % 2 === 0 && found(1) && last) atHorizon += 1;
    }
    say('sequence', { unitsPerArm, crossed: crossed / many, atHorizon: atHorizon / (many / 2), rejectAtHorizon });
    expect(Math.abs(crossed / many - 0.8)).toBeLessThan(0.02);
    expect(Math.abs(atHorizon / (many / 2) - rejectAtHorizon)).toBeLessThan(slack(0.7, many / 2));
  });

  it('of Welch’s t', () => {
    const plan = { metric: 'mean', baseline: { mean: 1, variance: 1 }, effect: 0.1, power: 0.9 } as const;
    const { unitsPerArm } = answerOf(powerCalculator(plan));
    const random = randomOf(seed);
    const significant = (candidate: ExponentialArm, baseline: ExponentialArm): boolean =>
      meansTest(meanOfArm(candidate), meanOfArm(baseline), asked).absolute.pValue <= asked.alpha;
    let found = 0;
    for (let run = 0; run < many; run += 1)
      if (findsEffect({ unitsPerArm, effect: 0.1, looks: 1 }, asked, significant, random)) found += 1;
    say('t', { unitsPerArm, found: found / many });
    expect(Math.abs(found / many - 0.9)).toBeLessThan(0.02);
  });

  it('of two rates, and their interval holds the difference as often as it says', () => {
    const plan = { metric: 'proportion', baseline: { rate: 0.05 }, effect: 0.02, power: 0.8 } as const;
    const { unitsPerArm } = answerOf(powerCalculator(plan));
    const random = randomOf(seed);
    let [found, covered] = [0, 0];
    for (let run = 0; run < many; run += 1) {
      const [a, b] = [0.05, 0.07].map((rate) => ({
        name: '',
        n: unitsPerArm,
        successes: binomial(random, unitsPerArm, rate),
      }));
      if (!a || !b) continue;
      const { pValue, interval } = proportionsTest(b, a, asked);
      if (pValue <= asked.alpha) found += 1;
      if ((interval[0] ?? NaN) <= 0.02 && 0.02 <= (interval[1] ?? NaN)) covered += 1;
    }
    say('rates', { unitsPerArm, found: found / many, covered: covered / many });
    expect(Math.abs(found / many - 0.8)).toBeLessThan(0.02);
    expect(Math.abs(covered / many - 0.95)).toBeLessThan(slack(0.05, many) + 0.005);
  });
});
