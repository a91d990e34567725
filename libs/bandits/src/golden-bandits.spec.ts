// Published and independently computed reference values.
import { banditWeightsCalculator } from './calculate-bandit-weights';
import { offPolicyCalculator } from './calculate-off-policy';
import { linUcbIndex } from './linear/lin-ucb';
import { addRecord, fitRidge, noRecords, type RegressionSums } from './linear/ridge';
import { withFloor } from './bound-weights';
import { type LoggedRow } from './off-policy';
import { probabilityBest } from './probability-best';
import { eachVector, expectAllWithin, expectWithin } from './shared-vectors.fixture';
import { ucb1Index } from './simulation/index-policies';
import {
  bernoulliDivergence,
  exponentialDivergence,
  gaussianKlUcbIndex,
  klUcbIndex,
  laiRobbinsConstant,
  poissonDivergence,
  quickKlUcbIndex,
} from './simulation/kl-ucb';
import { topTwoWeights } from './top-two';

describe('the calculator bandit-weights', () => {
  interface Expected {
    prob_best: number[];
    top_two_weights: number[];
  }
  eachVector<{ beta: [number, number][] }, Expected>('computed-references', 'p-best-beta', (vector) => {
    const arms = vector.inputs.beta.map(([alpha, beta], index) => ({ name: `v${index}`, alpha, beta }));
    const asked = { likelihood: 'bernoulli', arms } as const;
    const [best, topTwo] = [asked, { ...asked, mode: 'top-two' } as const].map((question) => {
      const calculated = banditWeightsCalculator(question);
      return calculated.ok ? Object.values(calculated.answer.weights) : [];
    });
    expectAllWithin(best ?? [], vector.expected.prob_best, vector.abs_tol);
    expectAllWithin(topTwo ?? [], vector.expected.top_two_weights, vector.abs_tol);
    expectAllWithin(topTwoWeights(vector.expected.prob_best), vector.expected.top_two_weights, 1e-9);
  });

  interface Two {
    alphaA: number;
    betaA: number;
    alphaB: number;
    betaB: number;
  }
  eachVector<Two, { prob: number }>('computed-references', 'p-b-beats-a', ({ inputs, expected, abs_tol }) => {
    const [, second] = probabilityBest([
      { kind: 'beta', alpha: inputs.alphaA, beta: inputs.betaA },
      { kind: 'beta', alpha: inputs.alphaB, beta: inputs.betaB },
    ]);
    expectWithin(second, expected.prob, abs_tol);
  });

  eachVector<{ weights: number[]; min_share: number }, { allocation: number[] }>(
    'computed-references',
    'floor-',
    ({ inputs, expected, abs_tol }) =>
      expectAllWithin(withFloor(inputs.weights, inputs.min_share), expected.allocation, abs_tol),
  );
});

describe('indices', () => {
  eachVector<{ p: number; q: number }, { kl: number }>('bandit-indices', 'kl-bern', ({ inputs, expected, abs_tol }) =>
    expectWithin(bernoulliDivergence(inputs.p, inputs.q), expected.kl, abs_tol),
  );

  interface Inputs {
    mean: number;
    exploration_d: number;
    sig2: number;
  }
  interface Expected {
    index: number;
  }
  eachVector<Inputs, Expected>('bandit-indices', 'klucb-bern', ({ inputs, expected, abs_tol }) => {
    expectWithin(klUcbIndex(inputs.mean, inputs.exploration_d), expected.index, abs_tol);
    expectWithin(quickKlUcbIndex(inputs.mean, inputs.exploration_d), expected.index, abs_tol);
  });
  eachVector<Inputs, Expected>('bandit-indices', 'klucb-gauss', ({ inputs, expected, abs_tol }) =>
    expectWithin(gaussianKlUcbIndex(inputs.mean, inputs.exploration_d, inputs.sig2), expected.index, abs_tol),
  );
  eachVector<Inputs, Expected>('bandit-indices', 'klucb-poisson', ({ inputs, expected, abs_tol }) =>
    expectWithin(klUcbIndex(inputs.mean, inputs.exploration_d, poissonDivergence, Infinity), expected.index, abs_tol),
  );
  eachVector<Inputs, Expected>('bandit-indices', 'klucb-exp', ({ inputs, expected, abs_tol }) =>
    expectWithin(
      klUcbIndex(inputs.mean, inputs.exploration_d, exponentialDivergence, Infinity),
      expected.index,
      abs_tol,
    ),
  );

  eachVector<{ decisions: number[]; rewards: number[] }, { index: number[] }>(
    'bandit-indices',
    'mabwiser-ucb1',
    ({ inputs, expected, abs_tol }) => {
      const arms = [...new Set(inputs.decisions)].sort();
      const indices = arms.map((arm) => {
        const own = inputs.rewards.filter((_, index) => inputs.decisions[index] === arm);
        const mean = own.reduce((sum, reward) => sum + reward, 0) / own.length;
        return ucb1Index(mean, own.length, inputs.decisions.length);
      });
      expectAllWithin(indices, expected.index, abs_tol);
    },
  );

  interface Contexts {
    arms: number[];
    decisions: number[];
    rewards: number[];
    contexts: number[][];
    predict: number[][];
    alpha: number;
    l2: number;
  }
  eachVector<Contexts, { scores_x0: number[]; scores_x1: number[] }>(
    'bandit-indices',
    'mabwiser-linucb',
    ({ inputs, expected, abs_tol }) => {
      const models = inputs.arms.map((arm) => {
        const sums = inputs.decisions.reduce<RegressionSums>(
          (all, decision, row) =>
            decision === arm ? addRecord(all, inputs.contexts[row] ?? [], inputs.rewards[row] ?? 0) : all,
          noRecords(5),
        );
        return fitRidge(sums, inputs.l2);
      });
      const scores = inputs.predict.map((x) => models.map((model) => linUcbIndex(model, x, inputs.alpha)));
      expectAllWithin(scores[0] ?? [], expected.scores_x0, abs_tol);
      expectAllWithin(scores[1] ?? [], expected.scores_x1, abs_tol);
    },
  );

  eachVector<{ means: number[] }, { constant: number }>(
    'computed-references',
    'lai-robbins',
    ({ inputs, expected, abs_tol }) => expectWithin(laiRobbinsConstant(inputs.means), expected.constant, abs_tol),
  );
});

describe('the calculator off-policy', () => {
  const row = (propensity: number, targetProbability: number, reward: number): LoggedRow => ({
    propensity,
    targetProbability,
    reward,
  });
  const numbered = (count: number, of: (index: number) => LoggedRow): LoggedRow[] =>
    Array.from({ length: count }, (_, index) => of(index));
  interface Inputs {
    rows: string | Record<string, unknown>[];
  }
  interface Expected {
    ips: number;
    snips: number;
    dr?: number;
    mean_weight?: number;
  }
  const expectEstimates = (rows: readonly LoggedRow[], expected: Expected, tolerance: number) => {
    const calculated = offPolicyCalculator({ rows });
    if (!calculated.ok) throw new Error(calculated.message);
    expectWithin(calculated.answer.ips, expected.ips, tolerance);
    expectWithin(calculated.answer.snips, expected.snips, tolerance);
    if (expected.dr !== undefined) expectWithin(calculated.answer.dr, expected.dr, tolerance);
    if (expected.mean_weight !== undefined) expectWithin(calculated.answer.meanWeight, expected.mean_weight, tolerance);
  };
  const described: Record<string, () => LoggedRow[]> = {
    'vw-ones': () => numbered(10, () => row(1, 1, 1)),
    'vw-tens': () => numbered(10, () => row(1, 1, 10)),
    'vw-alternating': () => numbered(100, (i) => (i % 2 === 0 ? row(0.5, 0.2, 1) : row(0.5, 0.8, 0))),
    'vw-convergence': () => numbered(10_000, (i) => (i % 2 === 0 ? row(0.5, 0.8, 10) : row(0.5, 0.2, 0))),
  };
  eachVector<Inputs, Expected>('ope', 'vw-', ({ id, expected, abs_tol }) =>
    expectEstimates(described[id]?.() ?? [], expected, abs_tol),
  );

  interface Reagent {
    p_log: number;
    p_tgt: number;
    reward: number;
    model_reward_logged: number;
    model_rewards: number[];
    tgt: number[];
  }
  eachVector<{ rows: Reagent[] }, Expected>('ope', 'reagent', ({ inputs, expected, abs_tol }) => {
    const rows = inputs.rows.map((each) => ({
      ...row(each.p_log, each.p_tgt, each.reward),
      predicted: each.model_reward_logged,
      predictedTarget: each.model_rewards.reduce((sum, value, arm) => sum + value * (each.tgt[arm] ?? 0), 0),
    }));
    expectEstimates(rows, expected, abs_tol);
  });

  eachVector<{ rows: { p_log: number; p_tgt: number; reward: number }[] }, Expected>(
    'ope',
    'banditml',
    ({ inputs, expected, abs_tol }) => {
      const rows = inputs.rows.map(({ p_log, p_tgt, reward }) => row(p_log, p_tgt, reward));
      expectEstimates(rows, expected, abs_tol);
      const calculated = offPolicyCalculator({ rows });
      expect(calculated.ok && calculated.answer.usable).toBe(false);
    },
  );
});
