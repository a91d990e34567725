// What the evidence of a bandit's metric amounts to, by arm: overlap-weighted sums over units, which claim nothing by themselves.
import { type BanditStage, type Evidence, type Metric, type RolloutManifest } from '@weir/contracts';
import { addUnitTotals, noUnitTotals, ratioMean, type UnitTotals } from '@weir/stats';
import { type WholeWindow } from './whole-windows';

interface ArmSums {
  /** Counted in this stage. */
  readonly outcomes: number;
  /** Of all rows of the attempt: sums over units are changes of a unit's total, and those of one stage alone are of no unit. */
  readonly unitSums: UnitTotals;
}

/** Plain JSON. */
export interface BanditTotals {
  readonly stage: number;
  readonly metric: string;
  readonly direction: 'up' | 'down';
  readonly arms: Readonly<Record<string, ArmSums>>;
}

type Metrics = Readonly<Record<string, Metric>>;

export function openBandits(
  { stages, candidates }: Pick<RolloutManifest, 'stages' | 'candidates'>,
  baseline: string,
  metrics: Metrics,
): BanditTotals[] {
  const none: ArmSums = { outcomes: 0, unitSums: noUnitTotals };
  const arms = Object.fromEntries([baseline, ...candidates].map((arm) => [arm, none]));
  return [...stages.entries()].flatMap(([stage, each]) =>
    each.kind === 'bandit' ? [{ stage, metric: each.metric, direction: directionOf(each, metrics), arms }] : [],
  );
}

export function directionOf({ metric }: Pick<BanditStage, 'metric'>, metrics: Metrics): 'up' | 'down' {
  return (Object.hasOwn(metrics, metric) ? metrics[metric]?.direction : undefined) ?? 'up';
}

export function foldBandits(bandits: readonly BanditTotals[], { rows }: Pick<WholeWindow, 'rows'>): BanditTotals[] {
  return bandits.map((bandit) => {
    const own = rows.filter((row) => row.metric === bandit.metric && isUsable(row));
    return own.length === 0
      ? bandit
      : { ...bandit, arms: own.reduce((arms, row) => add(arms, row, bandit.stage), bandit.arms) };
  });
}

function add(arms: BanditTotals['arms'], row: Evidence, stage: number): BanditTotals['arms'] {
  const known = Object.hasOwn(arms, row.arm) ? arms[row.arm] : undefined;
  const { outcomes, unitSums } = known ?? { outcomes: 0, unitSums: noUnitTotals };
  const counted = row.stage === stage ? row.n : 0;
  return { ...arms, [row.arm]: { outcomes: outcomes + counted, unitSums: addUnitTotals(unitSums, row.unitSums) } };
}

/** Numbers that are none tell nothing. */
function isUsable({ n, unitSums }: Evidence): boolean {
  return Number.isFinite(n) && Object.values(unitSums).map(Number).every(Number.isFinite);
}

export interface ArmEarnings {
  readonly outcomes: number;
  readonly mean: number | null;
  readonly standardError: number | null;
}

export function earningsOf({ outcomes, unitSums }: ArmSums): ArmEarnings {
  const found = ratioMean(unitSums);
  return { outcomes, mean: found?.mean ?? null, standardError: found ? Math.sqrt(found.variance) : null };
}

/** In the metric's unit; null: an arm's mean is not known. */
export interface Regret {
  readonly soFar: number | null;
  readonly ofEvenSplit: number | null;
}

/** By the arms' means: each arm's outcomes times what the best arm's mean is better by. */
export function regretOf(arms: readonly ArmEarnings[], direction: 'up' | 'down'): Regret {
  const means = arms.flatMap(({ mean }) => (mean === null ? [] : [mean]));
  if (means.length < arms.length || arms.length === 0) return { soFar: null, ofEvenSplit: null };
  const best = direction === 'up' ? Math.max(...means) : Math.min(...means);
  const lost = arms.map(({ outcomes }, index) => ({ outcomes, each: Math.abs(best - (means[index] ?? best)) }));
  const total = lost.reduce((sum, { outcomes }) => sum + outcomes, 0);
  return {
    soFar: lost.reduce((sum, { outcomes, each }) => sum + outcomes * each, 0),
    ofEvenSplit: (total / arms.length) * lost.reduce((sum, { each }) => sum + each, 0),
  };
}
