// Long runs: regret where feedback is late, beside reference runs (their means over 60 to 100 runs, with standard errors). Minutes of CPU.
// Sizes: WEIR_BANDIT_RUNS (default 20).
import {
  indexRule,
  simulateRegret,
  thompsonDrawsRule,
  thompsonRule,
  type RegretSetting,
  type Rule,
} from './simulate-regret';
import { chernoffIndex } from './simulation/index-policies';
import { laiRobbinsConstant } from './simulation/kl-ucb';
import { randomFrom } from './simulation/random';

const runs = Number(process.env['WEIR_BANDIT_RUNS'] ?? 20);
const seed = 20_261_123;

interface Mean {
  readonly mean: number;
  readonly error: number;
}

/** At each checkpoint the mean over runs, and its standard error. */
function regret(setting: RegretSetting, rule: Rule, count = runs): Mean[] {
  const all = Array.from({ length: count }, (_, run) => simulateRegret(setting, rule, randomFrom(seed + run)));
  return setting.checkpoints.map((_, index) => meanOf(all.map((one) => one[index] ?? NaN)));
}

function meanOf(values: readonly number[]): Mean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) };
}

const say = (what: string, found: object): void =>
  console.log(`${what}, seed ${seed}, ${runs} runs: ${JSON.stringify(found)}`);

const dynamic = (batch: number): RegretSetting => ({
  ...{ means: { arms: 10, retire: 1e-3 }, horizon: 1_000_000, batch },
  checkpoints: [100_000, 1_000_000],
});

describe('bandit-regret: ten items that come and go (Chapelle and Li 2011, table 1), a million steps', () => {
  it.each([
    [1, 9_564.283, thompsonDrawsRule],
    [100, 12_132.265, thompsonRule()],
    [1_000, 56_947.591, thompsonRule()],
  ])('feedback every %i steps: at most 1.05 times the reference of %d', (batch, reference, rule) => {
    const [, last] = regret(dynamic(batch), rule);
    say(`thompson at ${batch}`, { ...last, reference });
    expect(last?.mean).toBeLessThanOrEqual(1.05 * reference);
  });

  it('feedback every 1,000 steps: UCB, which gives a whole batch to one arm, loses at least 3.5 times as much', () => {
    const [, thompson] = regret(dynamic(1_000), thompsonRule());
    const [, ucb] = regret(dynamic(1_000), indexRule(chernoffIndex));
    say('ucb at 1,000', { ...ucb, ratio: (ucb?.mean ?? NaN) / (thompson?.mean ?? NaN) });
    expect((ucb?.mean ?? 0) / (thompson?.mean ?? NaN)).toBeGreaterThanOrEqual(3.5);
  });
});

describe('bandit-slope: ten arms, the best at 0.5 and the others at 0.4, feedback every 100 steps', () => {
  const means = [0.5, ...Array.from({ length: 9 }, () => 0.4)];
  const setting: RegretSetting = { means, horizon: 1_000_000, batch: 100, checkpoints: [100_000, 1_000_000] };

  it('regret at a million is at most 356, and grows by 0.8 to 1.6 times what Lai and Robbins say it must', () => {
    const [early, late] = regret(setting, thompsonRule(), 2 * runs);
    const slope = ((late?.mean ?? NaN) - (early?.mean ?? NaN)) / Math.log(10) / laiRobbinsConstant(means);
    say('0.5 and 9 x 0.4', { early, late, slope });
    expect((late?.mean ?? NaN) - 2 * (late?.error ?? 0)).toBeLessThanOrEqual(356);
    expect(slope).toBeGreaterThan(0.8);
    expect(slope).toBeLessThan(1.6);
  });

  it('shares by quadrature lose at most 3 % more than a draw for each prediction', () => {
    const short = { ...setting, horizon: 100_000, checkpoints: [100_000] };
    const [[shares], [draws]] = [regret(short, thompsonRule(), 4 * runs), regret(short, thompsonDrawsRule, 4 * runs)];
    say('shares and draws', { shares, draws });
    const noise = 2 * Math.hypot(shares?.error ?? 0, draws?.error ?? 0);
    expect(shares?.mean).toBeLessThanOrEqual(1.03 * (draws?.mean ?? NaN) + noise);
  });
});
