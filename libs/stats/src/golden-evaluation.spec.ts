// Published reference values of what an evaluation adds: CUPED, several p values at once, posteriors.
import { betaChanceToWin } from './beta-comparison';
import { halfWidth, logEvidence, tuning } from './confidence-sequence';
import { type RatioMean } from './contrast';
import { adjustByCovariate, adjustedLift } from './covariate-adjustment';
import { type UnitTotals } from './evidence-row';
import { chanceToWin, credibleInterval, expectedLoss, liftPosterior, type NormalPrior } from './lift-posterior';
import { benjaminiHochberg, holm } from './multiple-comparisons';
import { relativeLift } from './relative-lift';
import { eachVector, expectWithin, type Sums } from './shared-vectors.fixture';

describe('CUPED', () => {
  const totalsOf = (post: number[], pre: number[]): UnitTotals => {
    const sum = (of: (at: number) => number): number => post.reduce((total, _, at) => total + of(at), 0);
    const [y, x] = [(at: number) => post[at] ?? NaN, (at: number) => pre[at] ?? NaN];
    const [sumY, sumX, n] = [sum(y), sum(x), post.length];
    const [yy, xx, xy] = [sum((at) => y(at) ** 2), sum((at) => x(at) ** 2), sum((at) => x(at) * y(at))];
    return { n, y: sumY, d: n, yy, yd: sumY, dd: n, x: sumX, xx, xy, xd: sumX };
  };

  eachVector<{ pre: number[]; post: number[] }, { theta: number }>(
    'cuped',
    'gb-theta',
    ({ inputs, expected, abs_tol }) => {
      const arm = totalsOf(inputs.post.slice(0, 4), inputs.pre.slice(0, 4));
      expectWithin(adjustByCovariate([arm, arm])?.theta, expected.theta, abs_tol);
    },
  );

  interface Effect {
    estimate: number;
    se: number;
    ci: [number, number];
    p: number;
  }
  const expectSequential = (
    [control, treatment]: [UnitTotals, UnitTotals],
    tuned: { alpha: number; tuning_N: number },
    expected: Effect,
    { tolerance, ofInterval = tolerance }: { tolerance: number; ofInterval?: number },
  ): number => {
    const [before, after] = adjustByCovariate([control, treatment])?.arms ?? [];
    if (!before || !after) throw new Error('not adjusted');
    const { difference, standardError } = adjustedLift(after, before);
    const q = ((control.n + treatment.n) * tuning(tuned.alpha)) / tuned.tuning_N;
    const half = standardError * halfWidth(q, tuned.alpha, 'two');
    expectWithin(difference, expected.estimate, tolerance);
    expectWithin(standardError, expected.se, tolerance);
    expectWithin(difference - half, expected.ci[0], ofInterval);
    expectWithin(difference + half, expected.ci[1], ofInterval);
    expectWithin(Math.exp(-logEvidence(difference / standardError, q, 'two')), expected.p, tolerance);
    // the same with the derivative taken at the unadjusted lift
    const lift = after.raw.mean / before.raw.mean - 1;
    const { adjusted, raw, covariance } = before;
    const variance = after.adjusted.variance + adjusted.variance + lift * lift * raw.variance + 2 * lift * covariance;
    return difference + (half / standardError) * (Math.sqrt(variance) / raw.mean);
  };

  type Pair = [sum: number, squares: number];
  interface Arm {
    n: number;
    post: Pair;
    pre: Pair;
    post_pre_sum_of_products: number;
  }
  const ofMean = ({ n, post, pre, post_pre_sum_of_products: xy }: Arm): UnitTotals => ({
    ...{ n, y: post[0], yy: post[1], d: n, yd: post[0], dd: n },
    ...{ x: pre[0], xx: pre[1], xy, xd: pre[0] },
  });
  interface Inputs<T> {
    control: T;
    treatment: T;
    alpha: number;
    tuning_N: number;
  }
  eachVector<Inputs<Arm>, Effect>('cuped', 'gb-cuped-sequential', ({ inputs, expected, abs_tol }) => {
    // for means (not for ratios) the peer takes the derivative at the unadjusted lift, which moves the ends by 1.2e-5
    const tolerance = { tolerance: abs_tol, ofInterval: 1.3e-5 };
    const high = expectSequential([ofMean(inputs.control), ofMean(inputs.treatment)], inputs, expected, tolerance);
    expectWithin(high, expected.ci[1], abs_tol);
  });

  interface RatioArm {
    n: number;
    m_post: Pair;
    d_post: Pair;
    m_pre: Pair;
    d_pre: Pair;
    m_post_m_pre: number;
    d_post_d_pre: number;
    m_pre_d_pre: number;
    m_post_d_post: number;
    m_post_d_pre: number;
    m_pre_d_post: number;
  }
  /** A covariate that is a ratio C of its own, m over e, by its linear form: X_i = C D_i + mean D (m_i - C e_i)/mean e. */
  const ofRatio = (arm: RatioArm): UnitTotals => {
    const [ratio, scale] = [arm.m_pre[0] / arm.d_pre[0], arm.d_post[0] / arm.d_pre[0]];
    const withY = scale * (arm.m_post_m_pre - ratio * arm.m_post_d_pre);
    const withD = scale * (arm.m_pre_d_post - ratio * arm.d_post_d_pre);
    const squares = scale * scale * (arm.m_pre[1] - 2 * ratio * arm.m_pre_d_pre + ratio * ratio * arm.d_pre[1]);
    return {
      ...{ n: arm.n, y: arm.m_post[0], yy: arm.m_post[1], d: arm.d_post[0], yd: arm.m_post_d_post, dd: arm.d_post[1] },
      x: ratio * arm.d_post[0],
      xx: ratio * ratio * arm.d_post[1] + 2 * ratio * withD + squares,
      xy: ratio * arm.m_post_d_post + withY,
      xd: ratio * arm.d_post[1] + withD,
    };
  };
  eachVector<Inputs<RatioArm>, Effect>('cuped', 'gb-ratio-cuped', ({ inputs, expected, abs_tol }) => {
    expectSequential([ofRatio(inputs.control), ofRatio(inputs.treatment)], inputs, expected, { tolerance: abs_tol });
  });
});

describe('several p values at once', () => {
  eachVector<{ p_sorted: number[] }, { holm: number[]; benjamini_hochberg: number[] }>(
    'multiple-comparisons',
    'R-multtest',
    ({ inputs: { p_sorted: p }, expected, abs_tol }) => {
      for (const [at, adjusted] of holm(p).entries()) expectWithin(adjusted, expected.holm[at] ?? NaN, abs_tol);
      for (const [at, adjusted] of benjaminiHochberg(p).entries())
        expectWithin(adjusted, expected.benjamini_hochberg[at] ?? NaN, abs_tol);
      expect(holm([...p].reverse())).toEqual(holm(p).reverse());
    },
  );
});

describe('posteriors', () => {
  const meanOf = ({ sum, sum_squares = NaN, n }: Sums): RatioMean => ({
    units: n,
    mean: sum / n,
    variance: (sum_squares - (sum * sum) / n) / (n - 1) / n,
  });
  const priorOf = (prior: NormalPrior | string): NormalPrior | null => (typeof prior === 'string' ? null : prior);

  interface Expected {
    estimate: number;
    sd: number;
    ci: [number, number];
    chance_to_win: number;
    risk: [number, number];
  }
  eachVector<{ control: Sums; treatment: Sums; prior: NormalPrior | string }, Expected>(
    'bayes',
    'gb-normal',
    ({ inputs, expected, abs_tol }) => {
      const lift = relativeLift(meanOf(inputs.treatment), meanOf(inputs.control));
      const posterior = liftPosterior(lift, priorOf(inputs.prior));
      expectWithin(posterior.mean, expected.estimate, abs_tol);
      expectWithin(posterior.standardDeviation, expected.sd, abs_tol);
      const interval = credibleInterval(posterior, 0.05);
      expectWithin(interval[0], expected.ci[0], abs_tol);
      expectWithin(interval[1], expected.ci[1], abs_tol);
      expectWithin(chanceToWin(posterior, 'up'), expected.chance_to_win, abs_tol);
      const loss = expectedLoss(posterior, 'up');
      expectWithin(loss.choosingBaseline, expected.risk[0], abs_tol);
      expectWithin(loss.choosingArm, expected.risk[1], abs_tol);
    },
  );

  eachVector<{ mu: number; sigma: number }, { risk: [number, number] }>(
    'bayes',
    'gb-risk',
    ({ inputs, expected, abs_tol }) => {
      const loss = expectedLoss({ mean: inputs.mu, standardDeviation: inputs.sigma }, 'up');
      expectWithin(loss.choosingBaseline, expected.risk[0], abs_tol);
      expectWithin(loss.choosingArm, expected.risk[1], abs_tol);
    },
  );

  eachVector<object, { chance_to_win: number; estimate: number }>('bayes', 'gb-no-data', ({ expected }) => {
    const posterior = liftPosterior(null, null);
    expect(posterior.mean).toBe(expected.estimate);
    expect(chanceToWin(posterior, 'up')).toBe(expected.chance_to_win);
  });

  interface Quantile {
    n: number;
    q: number;
    lo: number;
    hi: number;
  }
  eachVector<{ control: Quantile; treatment: Quantile; difference: string; prior: NormalPrior | string }, Expected>(
    'bayes',
    'gb-quantile',
    ({ inputs, expected, abs_tol }) => {
      const arm = ({ n, q, lo, hi }: Quantile): RatioMean => ({
        units: n,
        mean: q,
        variance: (((n - 1) / n) * (hi - lo) ** 2) / (2 * 1.959963984540054) ** 2,
      });
      const [control, treatment] = [arm(inputs.control), arm(inputs.treatment)];
      const lift =
        inputs.difference === 'relative'
          ? relativeLift(treatment, control)
          : {
              difference: treatment.mean - control.mean,
              standardError: Math.hypot(Math.sqrt(treatment.variance), Math.sqrt(control.variance)),
            };
      const posterior = liftPosterior(lift, priorOf(inputs.prior));
      expectWithin(posterior.mean, expected.estimate, abs_tol);
      const [low, high] = credibleInterval(posterior, 0.05);
      expectWithin(low, expected.ci[0], abs_tol);
      expectWithin(high, expected.ci[1], abs_tol);
    },
  );

  eachVector<{ alphaA: number; betaA: number; alphaB: number; betaB: number }, { prob: number }>(
    'computed-references',
    'p-b-beats-a',
    ({ inputs, expected, abs_tol }) => {
      const [a, b] = [
        { alpha: inputs.alphaA, beta: inputs.betaA },
        { alpha: inputs.alphaB, beta: inputs.betaB },
      ];
      expectWithin(betaChanceToWin(b, a, 'up'), expected.prob, abs_tol);
      expectWithin(betaChanceToWin(a, b, 'down'), expected.prob, abs_tol);
    },
  );

  interface Binary {
    totals: [number, number];
    successes: [number, number];
    prior_beta: [number, number];
  }
  eachVector<Binary, { prob_being_best: [number, number] }>('bayes', 'bt-binary-2', ({ inputs, expected, abs_tol }) => {
    const [a, b] = inputs.totals.map((total, at) => ({
      alpha: inputs.prior_beta[0] + (inputs.successes[at] ?? NaN),
      beta: inputs.prior_beta[1] + total - (inputs.successes[at] ?? NaN),
    }));
    if (!a || !b) throw new Error('two arms');
    expectWithin(betaChanceToWin(a, b, 'up'), expected.prob_being_best[0], abs_tol);
    expectWithin(betaChanceToWin(b, a, 'up'), expected.prob_being_best[1], abs_tol);
  });
});
