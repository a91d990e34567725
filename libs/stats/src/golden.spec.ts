// Published and independently computed reference values.
import { logBetaMixture } from './beta-mixture';
import { guardrailCalculator } from './calculate-guardrail';
import { srmCalculator } from './calculate-sample-ratio';
import { sequentialCalculator } from './calculate-sequential';
import { type Alternative } from './compared-arms';
import { halfWidth, logEvidence, tuning } from './confidence-sequence';
import { cumulativeBand } from './measure-drift';
import { answerOf, armOfSums, eachVector, expectWithin, type Sums } from './shared-vectors.fixture';

describe('the calculator guardrail', () => {
  interface Inputs {
    canary_errors: number;
    total_errors: number;
    canary_traffic_share: number;
    rate_ratio_null: number;
    prior_concentration: number;
    theta0: number;
    one_sided: boolean;
  }
  eachVector<Inputs, { log_e: number; p_row: number }>(
    'computed-references',
    'error-count-e-',
    ({ inputs, expected, abs_tol }) => {
      const answer = answerOf(
        guardrailCalculator({
          share: inputs.canary_traffic_share,
          margin: inputs.rate_ratio_null,
          candidateErrors: inputs.canary_errors,
          totalErrors: inputs.total_errors,
          concentration: inputs.prior_concentration,
          oneSided: inputs.one_sided,
        }),
      );
      expectWithin(answer.logEValue, expected.log_e, abs_tol);
      expectWithin(answer.theta0, inputs.theta0, 1e-12);
      expectWithin(Math.min(1, 1 / answer.eValue), expected.p_row, abs_tol);
    },
  );
});

describe('the calculator srm', () => {
  eachVector<
    { counts: number[]; null: number[]; concentration: number },
    { log_bayes_factor: number; p_row: number; chi2_p: number }
  >('computed-references', 'srm-dirichlet-', ({ inputs, expected, abs_tol }) => {
    const arms = inputs.counts.map((units, index) => ({ name: `v${index}`, weight: inputs.null[index] ?? 0, units }));
    const answer = answerOf(srmCalculator({ arms, method: 'sequential', concentration: inputs.concentration }));
    expectWithin(answer.logEValue, expected.log_bayes_factor, abs_tol);
    expectWithin(answer.pValue, expected.p_row, abs_tol);
    expectWithin(answerOf(srmCalculator({ arms, method: 'chi-square' })).pValue, expected.chi2_p, 1e-12);
  });

  eachVector<{ users: number[]; weights: number[] }, { p: number }>(
    'srm',
    'gb-srm',
    ({ inputs, expected, abs_tol }) => {
      const arms = inputs.users.map((units, index) => ({
        name: `v${index}`,
        weight: inputs.weights[index] ?? 0,
        units,
      }));
      expectWithin(answerOf(srmCalculator({ arms, method: 'chi-square' })).pValue, expected.p, abs_tol);
    },
  );

  eachVector<{ observed: number[] }, { chi2: number; p: number }>('srm', 'scipy', ({ inputs, expected, abs_tol }) => {
    const arms = inputs.observed.map((units, index) => ({ name: `v${index}`, weight: 1, units }));
    const answer = answerOf(srmCalculator({ arms, method: 'chi-square' }));
    expectWithin(answer.statistic, expected.chi2, abs_tol);
    expectWithin(answer.pValue, expected.p, abs_tol);
  });
});

describe('the calculator sequential', () => {
  interface Inputs {
    control: Sums;
    treatment: Sums;
    difference: 'relative' | 'absolute';
    alternative?: string;
    alpha: number;
    tuning_N: number;
  }
  eachVector<Inputs, { estimate?: number; se?: number; ci: [number | '-inf', number]; p: number }>(
    'sequential-mean-cs',
    'gb-seq',
    ({ id, inputs, expected, abs_tol }) => {
      const alternative: Alternative = inputs.alternative === 'treatment lesser' ? 'less' : 'two-sided';
      const answer = answerOf(
        sequentialCalculator({
          metric: inputs.control.sum_squares === undefined ? 'proportion' : 'mean',
          arms: [armOfSums('control', inputs.control), armOfSums('treatment', inputs.treatment)],
          baseline: 'control',
          alpha: inputs.alpha,
          alternative,
          plannedUnits: inputs.tuning_N,
        }),
      );
      const both = answer.comparisons[0];
      const found = inputs.difference === 'relative' ? both?.relative : both;
      if (expected.estimate !== undefined) expectWithin(found?.difference, expected.estimate, abs_tol);
      if (expected.se !== undefined) expectWithin(found?.standardError, expected.se, abs_tol);
      if (expected.ci[0] === '-inf') expect(found?.interval[0]).toBeNull();
      else expectWithin(found?.interval[0], expected.ci[0], abs_tol);
      expectWithin(found?.interval[1], expected.ci[1], abs_tol);
      // the peer caps its one-sided p at 0.4999; ours is exact
      if (alternative === 'less') expect(found?.pValue).toBeGreaterThan(0.4999);
      else expectWithin(found?.pValue, expected.p, Math.max(abs_tol, 1e-5));
      expect(id).toBeTruthy();
    },
  );

  eachVector<{ n: number; tuning_N: number; alpha: number }, { z_seq: number }>(
    'computed-references',
    'sequential-power-',
    ({ inputs, expected, abs_tol }) => {
      const q = (inputs.n * tuning(inputs.alpha)) / inputs.tuning_N;
      expectWithin(halfWidth(q, inputs.alpha, 'two'), expected.z_seq, abs_tol);
    },
  );
});

describe('the normal mixture behind confidence sequences', () => {
  interface Inputs {
    v_opt: number;
    alpha_opt: number;
    s: number;
    v: number;
    alpha: number;
  }
  eachVector<Inputs, { best_rho: number; log_mixture: number; bound: number }>(
    'confseq-boundaries',
    'normal-two-sided',
    ({ inputs, expected, abs_tol }) => {
      const rho = inputs.v_opt / tuning(inputs.alpha_opt);
      expectWithin(rho, expected.best_rho, abs_tol);
      const q = inputs.v / rho;
      expectWithin(halfWidth(q, inputs.alpha, 'two') * Math.sqrt(inputs.v), expected.bound, abs_tol);
    },
  );

  eachVector<Inputs, { bound: number }>('confseq-boundaries', 'normal-one-sided', ({ inputs, expected }) => {
    // the closed form that is used here is an upper bound of the exact one-sided mixture's boundary, within 2 %
    const q = (inputs.v * tuning(2 * inputs.alpha_opt)) / inputs.v_opt;
    const bound = halfWidth(q, inputs.alpha, 'one') * Math.sqrt(inputs.v);
    expect(bound).toBeGreaterThanOrEqual(expected.bound);
    expect(bound).toBeLessThan(1.02 * expected.bound);
  });

  interface Asos {
    control: { n: number; mean: number; variance: number };
    treatment: { n: number; mean: number; variance: number };
    tau_sq: number;
  }
  eachVector<Asos, { msprt_p_row: number }>('msprt-asos', 'asos-', ({ inputs, expected, abs_tol }) => {
    const { control, treatment, tau_sq } = inputs;
    const n = 2 / (1 / control.n + 1 / treatment.n);
    const variance = control.variance + treatment.variance;
    const z = ((treatment.mean - control.mean) * Math.sqrt(n)) / Math.sqrt(variance);
    const q = (n * tau_sq * control.variance) / variance;
    expectWithin(Math.exp(-logEvidence(z, q, 'two')), expected.msprt_p_row, abs_tol);
  });
});

describe('the band around cumulative shares', () => {
  interface Inputs {
    t: number;
    alpha: number;
    t_min: number;
  }
  eachVector<Inputs, { bound: number }>(
    'confseq-boundaries',
    'empirical-process-lil',
    ({ inputs, expected, abs_tol }) =>
      expectWithin(cumulativeBand(inputs.t, inputs.alpha, inputs.t_min), expected.bound, abs_tol),
  );
});

describe('the beta mixture, inverted', () => {
  interface Inputs {
    successes: number;
    trials: number;
    alpha: number;
    t_opt: number;
    alpha_opt: number;
  }
  eachVector<Inputs, { ci: [number, number] }>(
    'confseq-boundaries',
    'bernoulli-ci',
    ({ inputs, expected, abs_tol }) => {
      const concentration = inputs.t_opt / tuning(inputs.alpha_opt) - 1;
      const rejected = (theta0: number): boolean =>
        logBetaMixture({ theta0, concentration, count: inputs.successes, of: inputs.trials, side: 'both' }) >=
        -Math.log(inputs.alpha);
      const [low, high] = expected.ci;
      if (low > 0) expect([rejected(low - 2 * abs_tol), rejected(low + 2 * abs_tol)]).toEqual([true, false]);
      else expect(rejected(1e-5)).toBe(false);
      if (high < 1) expect([rejected(high - 2 * abs_tol), rejected(high + 2 * abs_tol)]).toEqual([false, true]);
      else expect(rejected(1 - 1e-5)).toBe(false);
    },
  );
});
