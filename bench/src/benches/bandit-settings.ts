// What bandits are measured by: the settings, and what reference runs lost in them (means over 20 to 4,000 runs, with standard errors).
import {
  chernoffIndex,
  epsilonGreedyRule,
  indexRule,
  quickKlUcbIndex,
  thompsonDrawsRule,
  thompsonRule,
  ucb1Index,
  type RegretSetting,
  type Rule,
} from '@weir/bandits';

type Reference = readonly [mean: number, error: number];

export interface BanditCase {
  readonly setting: string;
  readonly rule: string;
  readonly simulated: RegretSetting;
  readonly choose: Rule;
  /** Of the reference at the horizon: [mean, standard error]. */
  readonly reference?: Reference;
  /** The row of the table that it fills. */
  readonly row?: string;
  /** Some cost seconds a run, some nothing: runs for each round. */
  readonly runsPerRound: number;
}

const chernoff = indexRule(chernoffIndex);
const klUcb = indexRule((mean, outcomes, steps) => quickKlUcbIndex(mean, Math.log(steps) / outcomes));
const ucb1 = indexRule(ucb1Index);
const epsilonGreedy = epsilonGreedyRule(0.1);

/** Ten items drawn from Beta(4, 4), one replaced with probability 0.001 a step, feedback every `batch` steps: Chapelle and Li 2011, table 1. */
function comingAndGoing(batch: number, horizon: number): RegretSetting {
  return { means: { arms: 10, retire: 1e-3 }, horizon, batch, checkpoints: [horizon] };
}

function standing(means: readonly number[], batch: number, horizon: number): RegretSetting {
  return { means, horizon, batch, checkpoints: [horizon] };
}

const million = 1_000_000;
const tenth = 100_000;
const chapelleLi = (
  batch: number,
  thompson: Pick<BanditCase, 'choose' | 'reference'>,
  peers: { ucb: BanditCase['reference']; klUcb: BanditCase['reference'] },
  peersHorizon: number,
): BanditCase[] => {
  const setting = `items come and go, feedback every ${batch}`;
  const beside = {
    setting: `${setting}, ${peersHorizon} steps`,
    simulated: comingAndGoing(batch, peersHorizon),
    runsPerRound: 1,
  };
  return [
    {
      ...{ setting: `${setting}, ${million} steps`, rule: 'thompson', simulated: comingAndGoing(batch, million) },
      ...{ ...thompson, row: `bandit-regret-${batch}`, runsPerRound: 1 },
    },
    { ...beside, rule: 'epsilon-greedy 0.1', choose: epsilonGreedy },
    { ...beside, rule: 'ucb', choose: chernoff, ...(peers.ucb && { reference: peers.ucb }) },
    { ...beside, rule: 'kl-ucb', choose: klUcb, ...(peers.klUcb && { reference: peers.klUcb }) },
  ];
};

/** Delays between those that the table's rows are of: Thompson sampling by a draw for each step, beside UCB. */
const between = (batch: number, thompson: Reference, ucb: Reference): BanditCase[] => {
  const setting = `items come and go, feedback every ${batch}, ${million} steps`;
  const shared = { setting, simulated: comingAndGoing(batch, million), runsPerRound: 1 };
  return [
    { ...shared, rule: 'thompson', choose: batch < 100 ? thompsonDrawsRule : thompsonRule(), reference: thompson },
    { ...shared, rule: 'ucb', choose: chernoff, reference: ucb },
  ];
};

/** Arms whose rates stay: the reference of each rule is [mean, standard error]. */
const fixed = (
  arms: { readonly said: string; readonly means: readonly number[] },
  { batch, steps, runsPerRound }: { batch: number; steps: number; runsPerRound: number },
  rules: readonly (readonly [rule: string, choose: Rule, reference?: Reference])[],
): BanditCase[] =>
  rules.map(([rule, choose, reference]) => ({
    ...{ setting: `${arms.said}, feedback every ${batch === 1 ? 'step' : batch}, ${steps} steps`, rule, choose },
    ...{ simulated: standing(arms.means, batch, steps), runsPerRound, ...(reference && { reference }) },
  }));

const others = (count: number, rate: number) => ({
  said: `0.5 and ${count} x ${rate}`,
  means: [0.5, ...Array.from({ length: count }, () => rate)],
});
const clicks = { said: '0.01, 0.012, 0.015', means: [0.01, 0.012, 0.015] };
const twoArms = { said: '0.9 and 0.8', means: [0.9, 0.8] };
const small = {
  said: '0.1, 3 x 0.05, 3 x 0.02, 3 x 0.01',
  means: [0.1, 0.05, 0.05, 0.05, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01],
};
const [long, wide, brief] = [
  { batch: 100, steps: million, runsPerRound: 1 },
  { batch: 100, steps: 200_000, runsPerRound: 1 },
  { batch: 1, steps: 20_000, runsPerRound: 20 },
];
const few = (batch: number) => ({ batch, steps: 200_000, runsPerRound: 10 });
const thompson = thompsonRule();

export const banditCases: readonly BanditCase[] = [
  ...chapelleLi(
    1,
    { choose: thompsonDrawsRule, reference: [9_564.283, 73.265] },
    { ucb: [3_262.007, 41.116], klUcb: [1_630.714, 42.188] },
    tenth,
  ),
  ...between(3, [9_593.24, 66.506], [36_327.305, 152.821]),
  ...between(10, [9_457.848, 68.517], [37_421.377, 132.036]),
  ...between(32, [9_834.131, 63.525], [40_270.757, 166.209]),
  ...chapelleLi(
    100,
    { choose: thompson, reference: [12_132.265, 53.87] },
    { ucb: [48_237.736, 226.767], klUcb: [35_050.682, 267.175] },
    million,
  ),
  ...between(316, [22_955.151, 92.509], [88_973.778, 498.588]),
  ...chapelleLi(
    1_000,
    { choose: thompson, reference: [56_947.591, 182.768] },
    { ucb: [216_250.671, 1_303.143], klUcb: [212_246.31, 2_668.587] },
    million,
  ),
  ...fixed(others(9, 0.4), long, [
    ['thompson', thompson, [339.91, 5.528]],
    ['epsilon-greedy 0.1', epsilonGreedy],
    ['ucb', chernoff, [753.493, 7.252]],
    ['kl-ucb', klUcb, [614.55, 8.999]],
  ]),
  ...fixed(others(9, 0.48), long, [
    ['thompson', thompson, [1_077.755, 26.664]],
    ['ucb', chernoff, [2_537.61, 30.943]],
    ['kl-ucb', klUcb, [2_371.293, 41.943]],
  ]),
  ...fixed(others(99, 0.4), wide, [
    ['thompson', thompson, [3_021.29, 46.226]],
    ['ucb', chernoff, [6_920.323, 49.522]],
  ]),
  ...fixed(others(99, 0.48), wide, [['thompson', thompson, [3_800.622, 38.233]]]),
  ...fixed(clicks, few(1), [['thompson', thompsonDrawsRule, [49.789, 1.588]]]),
  ...fixed(clicks, few(1_000), [
    ['thompson', thompson, [51.595, 1.71]],
    ['thompson, floor 2 %', thompsonRule(0.02), [75.355, 1.295]],
    ['kl-ucb', klUcb, [97.978, 1.617]],
  ]),
  ...fixed(clicks, few(10_000), [['thompson', thompson, [59.045, 1.688]]]),
  ...fixed(twoArms, brief, [
    ['thompson', thompsonDrawsRule, [11.526, 0.468]],
    ['ucb', chernoff, [68.029, 0.365]],
    ['kl-ucb', klUcb, [17.599, 0.198]],
    ['ucb1', ucb1, [113.175, 0.46]],
  ]),
  ...fixed(small, brief, [
    ['thompson', thompsonDrawsRule, [91.255, 0.517]],
    ['ucb', chernoff, [137.806, 0.743]],
    ['kl-ucb', klUcb, [131.32, 0.811]],
    ['ucb1', ucb1, [841.904, 1.3]],
  ]),
];
