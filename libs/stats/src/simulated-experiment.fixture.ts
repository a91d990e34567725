// Simulated A/B experiments, judged by what judges real ones: skewed units, a base rate that drifts, weights that change on the way, planted faults.
import { type Asked } from './compared-arms';
import { overlapWeight } from './counting/overlap-weight';
import { type EvidenceRow, type UnitTotals } from './evidence-row';
import { evidenceRow } from './evidence-row.fixture';
import { foldExperiment, openExperiment } from './experiment';
import { type ExperimentPlan } from './experiment-plan';
import { foldStageRatios, judgeStageRatios, openStageRatios, type StageRatiosPlan } from './experiment-ratios';
import { judgeExperiment } from './judge-experiment';
import { normal, type Random } from './numerics/seeded-draws';
import { type StagesVerdict } from './sample-ratio-stages';
import { noUnitTotals } from './unit-totals';

const arms = ['v1', 'v2'] as const;
type Arm = (typeof arms)[number];
type ByArm<T> = Record<Arm, T>;

/** What happens to a quarter of the candidate's units: they never come, nobody answers them, their outcomes get lost. */
export type Fault = 'assignment' | 'serving' | 'join';

export interface Experiment {
  readonly units: number;
  readonly looks: number;
  /** Added to the candidate's rate. */
  readonly effect: number;
  /** The candidate's share of the units in the first and in the second half. */
  readonly shares: readonly [number, number];
  readonly fault?: Fault | undefined;
  /** Of what was spent a purchase, instead of clicks a prediction: both parts are skewed, and two units of five buy nothing. */
  readonly ofRatio?: boolean | undefined;
}

/** Records without weights. */
export interface Plain {
  records: number;
  hits: number;
}

export interface Course {
  /** A difference was shown at some look. */
  readonly decided: boolean;
  /** Some stage of the sample ratio failed, and which is broken. */
  readonly broken: StagesVerdict['broken'];
  /** At the end, by arm: as evidence has it, and without weights. */
  readonly totals: Readonly<ByArm<UnitTotals>>;
  readonly plain: Readonly<ByArm<Plain>>;
}

export function addUnit(totals: UnitTotals, y: number, d: number, x: number): UnitTotals {
  return {
    n: totals.n + 1,
    ...{ y: totals.y + y, d: totals.d + d, yy: totals.yy + y * y, yd: totals.yd + y * d, dd: totals.dd + d * d },
    ...{ x: totals.x + x, xx: totals.xx + x * x, xy: totals.xy + x * y, xd: totals.xd + x * d },
  };
}

const lost = 0.25;
const ratiosPlan: StageRatiosPlan = {
  arms,
  stage: 0,
  settleSeconds: 2,
  joined: { metric: 'clicked', withinSeconds: 1 },
};

function planOf({ units, ofRatio }: Experiment, alpha: number): ExperimentPlan {
  const kind = ofRatio ? 'mean' : 'rate';
  const goal = { name: 'clicked', metric: 'clicked', kind, direction: 'up', minimumEffect: null } as const;
  return { stage: 0, baseline: 'v1', candidates: ['v2'], goals: [goal], alpha, minUnits: 0, plannedUnits: units };
}

/** A unit comes with a lognormal number of predictions and a taste of its own; the base rate falls from 60 % to 30 % over the experiment. */
export function runExperiment(experiment: Experiment, { alpha }: Asked, random: Random): Course {
  const { looks, shares } = experiment;
  const plan = planOf(experiment, alpha);
  const plain = { v1: { records: 0, hits: 0 }, v2: { records: 0, hits: 0 } };
  let [state, ratios, decided] = [openExperiment(plan), openStageRatios(ratiosPlan), false];
  for (let look = 0; look < looks; look += 1) {
    const bps = Math.round(10_000 * (look < looks / 2 ? shares[0] : shares[1]));
    const rows = windowOf(experiment, { look, weights: { v1: 10_000 - bps, v2: bps } }, plain, random);
    state = foldExperiment(state, plan, rows);
    ratios = foldStageRatios(ratios, ratiosPlan, rows);
    decided ||= judgeExperiment(state, plan).some(({ shown }) => shown !== null);
  }
  const [only] = state.goals;
  return {
    decided,
    broken: judgeStageRatios(ratios, ratiosPlan).broken,
    totals: { v1: only?.totals.baseline.unitSums ?? noUnitTotals, v2: only?.totals.candidate.unitSums ?? noUnitTotals },
    plain,
  };
}

interface Window {
  readonly look: number;
  readonly weights: Readonly<ByArm<number>>;
}

/** The rows of one look: units' clicks, and units on their way. */
function windowOf(experiment: Experiment, window: Window, plain: ByArm<Plain>, random: Random): EvidenceRow[] {
  const { units, looks, effect, fault } = experiment;
  const { look, weights } = window;
  const seen = { v1: emptyArm(), v2: emptyArm() };
  const overlap = { v1: overlapWeight(weights, 'v1'), v2: overlapWeight(weights, 'v2') };
  for (let unit = 0; unit < units / looks; unit += 1) {
    const arm = random() < weights.v2 / 10_000 ? 'v2' : 'v1';
    const isLost = fault !== undefined && arm === 'v2' && random() < lost;
    if (isLost && fault === 'assignment') continue;
    seen[arm].assigned += 1;
    if (isLost && fault === 'serving') continue;
    seen[arm].answered += 1;
    if (isLost) continue;
    const base = 0.6 - (0.3 * look) / looks + (random() < 0.5 ? 0.1 : -0.1);
    const rate = base + (arm === 'v2' ? effect : 0);
    const { hits, predictions } = (experiment.ofRatio ? purchases : clicks)(rate, random);
    const h = overlap[arm];
    seen[arm].sums = addUnit(seen[arm].sums, h * hits, h * predictions, h * predictions * base);
    plain[arm].records += predictions;
    plain[arm].hits += hits;
    seen[arm].records += predictions;
  }
  return arms.flatMap((arm) => rowsOf(arm, seen[arm], window));
}

function clicks(rate: number, random: Random) {
  const predictions = Math.ceil(Math.exp(normal(random)));
  let hits = 0;
  for (let each = 0; each < predictions; each += 1) if (random() < rate) hits += 1;
  return { hits, predictions };
}

/** Whoever buys more spends less on each. */
function purchases(rate: number, random: Random) {
  const predictions = random() < 0.4 ? 0 : Math.ceil(Math.exp(normal(random)));
  return { hits: rate * predictions ** 0.8 * Math.exp(normal(random)), predictions };
}

const emptyArm = () => ({ assigned: 0, answered: 0, records: 0, sums: noUnitTotals });

function rowsOf(
  arm: Arm,
  { assigned, answered, records, sums }: ReturnType<typeof emptyArm>,
  { look, weights }: Window,
): EvidenceRow[] {
  const at = (units: number) => (units > 0 ? { [look]: units } : {});
  const shared = { index: look, arm, weights };
  const way = { newUnits: assigned, decided: at(assigned), assigned: at(assigned), answered: at(answered) };
  const clicked = { metric: 'clicked', n: records, sum: sums.y, unitSums: sums, decided: at(sums.n) };
  return [
    evidenceRow({ ...shared, ...way }),
    evidenceRow({ ...shared, ...clicked, newUnits: 0, once: { n: sums.n, sum: 0 } }),
  ];
}
/** Exponential values, mean 1 and variance 1 in both arms but for the effect; looked at evenly, or once at the end. */
export function findsEffect(
  { unitsPerArm, effect, looks }: { unitsPerArm: number; effect: number; looks: number },
  asked: Asked,
  test: (candidate: ExponentialArm, baseline: ExponentialArm, asked: Asked) => boolean,
  random: Random,
): boolean {
  const arms = { baseline: { n: 0, sum: 0, squares: 0 }, candidate: { n: 0, sum: 0, squares: 0 } };
  for (let look = 1; look <= looks; look += 1) {
    const until = Math.round((unitsPerArm * look) / looks);
    while (arms.baseline.n < until) {
      add(arms.baseline, -Math.log(1 - random()));
      add(arms.candidate, effect - Math.log(1 - random()));
    }
    if (test(arms.candidate, arms.baseline, asked)) return true;
  }
  return false;
}

export interface ExponentialArm {
  n: number;
  sum: number;
  squares: number;
}

function add(arm: ExponentialArm, value: number): void {
  arm.n += 1;
  arm.sum += value;
  arm.squares += value * value;
}

export function meanOfArm({ n, sum, squares }: ExponentialArm) {
  return { units: n, mean: sum / n, variance: (squares - (sum * sum) / n) / (n - 1) / n };
}

/** Binomial bounds: what is further from the claim than chance goes once in a thousand. */
export function slack(share: number, runs: number): number {
  return 3.09 * Math.sqrt((share * (1 - share)) / runs);
}
