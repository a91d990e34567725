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

export interface BanditCase {
  readonly setting: string;
  readonly rule: string;
  readonly simulated: RegretSetting;
  readonly choose: Rule;
  /** Of the reference at the horizon: [mean, standard error]. */
  readonly reference?: readonly [number, number];
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

const tenArms = [0.5, ...Array.from({ length: 9 }, () => 0.4)];
const clicks = [0.01, 0.012, 0.015];

export const banditCases: readonly BanditCase[] = [
  ...chapelleLi(
    1,
    { choose: thompsonDrawsRule, reference: [9_564.283, 73.265] },
    { ucb: [3_262.007, 41.116], klUcb: [1_630.714, 42.188] },
    tenth,
  ),
  ...chapelleLi(
    100,
    { choose: thompsonRule(), reference: [12_132.265, 53.87] },
    { ucb: [48_237.736, 226.767], klUcb: [35_050.682, 267.175] },
    million,
  ),
  ...chapelleLi(
    1_000,
    { choose: thompsonRule(), reference: [56_947.591, 182.768] },
    { ucb: [216_250.671, 1_303.143], klUcb: [212_246.31, 2_668.587] },
    million,
  ),
  ...[
    { rule: 'thompson', choose: thompsonRule(), reference: [339.91, 5.528] as const },
    { rule: 'epsilon-greedy 0.1', choose: epsilonGreedy },
    { rule: 'ucb', choose: chernoff, reference: [753.493, 7.252] as const },
    { rule: 'kl-ucb', choose: klUcb, reference: [614.55, 8.999] as const },
  ].map((rule) => ({
    ...rule,
    ...{ setting: '0.5 and 9 x 0.4, feedback every 100, 1000000 steps', simulated: standing(tenArms, 100, million) },
    runsPerRound: 1,
  })),
  ...[
    { rule: 'thompson', choose: thompsonRule(), reference: [51.595, 1.71] as const },
    { rule: 'thompson, floor 2 %', choose: thompsonRule(0.02), reference: [75.355, 1.295] as const },
    { rule: 'kl-ucb', choose: klUcb, reference: [97.978, 1.617] as const },
  ].map((rule) => ({
    ...rule,
    ...{
      setting: '0.01, 0.012, 0.015, feedback every 1000, 200000 steps',
      simulated: standing(clicks, 1_000, 200_000),
    },
    runsPerRound: 10,
  })),
  ...[
    { rule: 'thompson', choose: thompsonDrawsRule, reference: [11.526, 0.468] as const },
    { rule: 'ucb', choose: chernoff, reference: [68.029, 0.365] as const },
    { rule: 'kl-ucb', choose: klUcb, reference: [17.599, 0.198] as const },
    { rule: 'ucb1', choose: ucb1, reference: [113.175, 0.46] as const },
  ].map((rule) => ({
    ...rule,
    ...{ setting: '0.9 and 0.8, feedback every step, 20000 steps', simulated: standing([0.9, 0.8], 1, 20_000) },
    runsPerRound: 20,
  })),
];
