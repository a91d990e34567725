// Published values of neighbouring methods, put together from the same parts: distributions, standard errors, the relative difference.
import { meanOf } from './compared-arms';
import { estimate } from './contrast';
import { labelShare } from './label-counts';
import { logBetaTails } from './numerics/beta-tails';
import { chiSquareTail } from './numerics/gamma-tail';
import { normalQuantile, normalTail } from './numerics/normal-tail';
import { rootBetween } from './numerics/root';
import { studentTail } from './numerics/student-tail';
import { relativeLift } from './relative-lift';
import { eachVector, expectWithin } from './shared-vectors.fixture';

describe('Student’s t', () => {
  interface Samples {
    mean1: number;
    var1: number;
    n1: number;
    mean2: number;
    var2: number;
    n2: number;
  }
  eachVector<Samples, { statistic: number; p: number }>(
    't-tests-means',
    'scipy-from-stats',
    ({ inputs: { mean1, var1, n1, mean2, var2, n2 }, expected, abs_tol }) => {
      const df = n1 + n2 - 2;
      const pooled = ((n1 - 1) * var1 + (n2 - 1) * var2) / df;
      const t = (mean1 - mean2) / Math.sqrt(pooled * (1 / n1 + 1 / n2));
      expectWithin(t, expected.statistic, abs_tol);
      expectWithin(2 * studentTail(Math.abs(t), df), expected.p, abs_tol);
    },
  );
});

describe('proportions', () => {
  eachVector<{ count: number[]; nobs: number[] }, { chi2: number; df: number; p: number }>(
    'proportions',
    'R-prop-test',
    ({ inputs: { count, nobs }, expected, abs_tol }) => {
      const pooled = sum(count) / sum(nobs);
      const chi2 = sum(
        count.map((successes, at) => {
          const n = nobs[at] ?? NaN;
          return (successes - n * pooled) ** 2 / (n * pooled * (1 - pooled));
        }),
      );
      expectWithin(chi2, expected.chi2, abs_tol);
      expectWithin(chiSquareTail(chi2, expected.df), expected.p, abs_tol);
    },
  );

  interface Table {
    count1: number;
    nobs1: number;
    count2: number;
    nobs2: number;
  }
  /** wald: as it is; agresti-caffo: with one success and one failure more in each arm. */
  for (const [name, more] of [
    ['propcis-wald', 0],
    ['propcis-agresti-caffo', 1],
  ] as const)
    eachVector<Table, { ci: [number, number] }>('proportions', name, ({ inputs, expected, abs_tol }) => {
      const of = (successes: number, n: number) => meanOf({ name: '', successes: successes + more, n: n + 2 * more });
      const first = of(inputs.count1, inputs.nobs1);
      const { difference, standardError } = estimate(first, of(inputs.count2, inputs.nobs2), 1);
      const half = normalQuantile(0.025) * standardError;
      expectWithin(difference - half, expected.ci[0], abs_tol);
      expectWithin(difference + half, expected.ci[1], abs_tol);
    });
});

describe('labels of events at one look', () => {
  interface Counts {
    count1: number;
    exposure1: number;
    count2: number;
    exposure2: number;
    ratio_null: number;
  }
  for (const id of ['gu-example-1', 'R-exactci-1.2-larger'])
    eachVector<Counts, { exact_cond_p_larger: number; midp_larger: number }>(
      'poisson-rates',
      id,
      ({ inputs, expected, abs_tol }) => {
        const { count1, exposure1, count2, exposure2, ratio_null } = inputs;
        const share = labelShare(exposure1 / (exposure1 + exposure2), ratio_null);
        // P(K >= k) of n labels is P(Beta(k, n - k + 1) <= share)
        const atLeast = (k: number): number => Math.exp(logBetaTails(k, count1 + count2 - k + 1, share).lower);
        expectWithin(atLeast(count1), expected.exact_cond_p_larger, abs_tol);
        expectWithin((atLeast(count1) + atLeast(count1 + 1)) / 2, expected.midp_larger, abs_tol);
      },
    );
});

describe('power of a relative difference', () => {
  /** By the normal distribution, at the standard error that the relative lift has if the effect is as planned. */
  const powerOf = (effect: number, of: { mean: number; variance: number; n: number }): number => {
    const arm = (mean: number) => ({ units: of.n, mean, variance: of.variance / of.n });
    const { difference, standardError } = relativeLift(arm(of.mean * (1 + effect)), arm(of.mean));
    const z = difference / standardError;
    return normalTail(normalQuantile(0.025) - z) + normalTail(normalQuantile(0.025) + z);
  };

  interface Plan {
    mean: number;
    variance: number;
    total_n: number;
    variations: number;
  }
  const planned = ({ mean, variance, total_n, variations }: Plan) => ({ mean, variance, n: total_n / variations });

  eachVector<Plan & { effect_relative: number }, { power: number }>(
    'power-mde',
    '=gb-power',
    ({ inputs, expected, abs_tol }) => {
      expectWithin(powerOf(inputs.effect_relative, planned(inputs)), expected.power, abs_tol);
    },
  );

  eachVector<Plan & { power: number }, { mde_relative: number }>(
    'power-mde',
    'gb-mde',
    ({ inputs, expected, abs_tol }) => {
      const found = rootBetween((effect) => powerOf(effect, planned(inputs)) - inputs.power, 0, 1);
      expectWithin(found, expected.mde_relative, abs_tol);
    },
  );

  interface Weeks {
    users_per_week: number;
    variations: number;
    metrics: { ctr: { rate: number; effect: number }; revenue: { mean: number; variance: number; effect: number } };
  }
  eachVector<Weeks, { ctr_power: number[]; revenue_power: number[] }>(
    'power-mde',
    'gb-power-weeks',
    ({ inputs: { users_per_week, variations, metrics }, expected, abs_tol }) => {
      const { ctr, revenue } = metrics;
      const clicks = { mean: ctr.rate, variance: ctr.rate * (1 - ctr.rate) };
      expected.ctr_power.forEach((power, week) => {
        const n = ((week + 1) * users_per_week) / variations;
        expectWithin(powerOf(ctr.effect, { ...clicks, n }), power, abs_tol);
        expectWithin(powerOf(revenue.effect, { ...revenue, n }), expected.revenue_power[week] ?? NaN, abs_tol);
      });
    },
  );

  eachVector<{ h: number; n_per_arm: number; alpha: number }, { power: number }>(
    'power-mde',
    'R-pwr-2p',
    ({ inputs: { h, n_per_arm, alpha }, expected, abs_tol }) => {
      const [z, moved] = [normalQuantile(alpha / 2), h * Math.sqrt(n_per_arm / 2)];
      expectWithin(normalTail(z - moved) + normalTail(z + moved), expected.power, abs_tol);
    },
  );
});

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
