// Sample ratio: do units fall into the arms as the weights of their own events say? A mismatch never rolls back; it withholds passes and winners.
import { addUnits, allocationsOf, type Allocation, type Told } from './allocations';
import { awaitUnits, type AwaitedUnits } from './awaited-units';
import { logDirichletEvidence } from './dirichlet-mixture';
import { type EvidenceRow } from './evidence-row';
import { expFinite, logMean } from './numerics/log-sum';

export interface SampleRatioPlan {
  /** All arms of the rollout. */
  readonly arms: readonly string[];
  /** Only rows of this stage are folded; absent: of all. */
  readonly stage?: number | undefined;
  /** Default 0.001: an alarm at 1,000. */
  readonly alpha?: number | undefined;
  /**
   * Seconds after which every decision has been told of, however long its arm took to answer; default 4. Units that are told of with
   * their second are looked at only then: of a second that is not over the faster arm would always have more.
   */
  readonly settleSeconds?: number | undefined;
  /** Of the Dirichlet prior, default 100: high finds small mismatches in much traffic, low finds gross ones fast. */
  readonly concentration?: number | undefined;
}

/** Plain JSON. */
export interface SampleRatioState {
  readonly window: number | null;
  /** By the text of their shares: the first ten. */
  readonly allocations: Readonly<Record<string, Allocation>>;
  /** How many allocations there were; past ten the etas decide. */
  readonly allocationsSeen: number;
  /** By arm: units, units expected, and for each eta the ln of its factor. */
  readonly arms: Readonly<Record<string, ArmRatio>>;
  /** The greatest ln e so far. */
  readonly greatest: number;
  /** Units in an arm to which their own event gave no weight. */
  readonly leaked: number;
  /** Seconds that others may still be told of. Absent in states of before: none. */
  readonly awaited?: AwaitedUnits;
}

interface ArmRatio {
  readonly units: number;
  readonly expected: number;
  readonly tilts: readonly number[];
}

const mostAllocations = 10;

/** Twelve log-spaced sizes from 0.01 to 1, both ways. */
const etas: readonly number[] = Array.from({ length: 12 }, (_, j) => 0.01 * 100 ** (j / 11)).flatMap((eta) => [
  eta,
  -eta,
]);

export function openSampleRatio({ arms }: SampleRatioPlan): SampleRatioState {
  const none: ArmRatio = { units: 0, expected: 0, tilts: etas.map(() => 0) };
  return {
    window: null,
    allocations: {},
    allocationsSeen: 0,
    arms: Object.fromEntries(arms.map((arm) => [arm, none])),
    greatest: 0,
    leaked: 0,
  };
}

/** Folds one complete window's rows: `newUnits` of the metric error-rate. Windows ascend, each once. */
export function foldSampleRatio(
  state: SampleRatioState,
  plan: SampleRatioPlan,
  rows: readonly EvidenceRow[],
): SampleRatioState {
  const index = rows[0]?.window.index;
  if (index === undefined) return state;
  if (state.window !== null && index <= state.window)
    throw new RangeError(`window ${index} was folded after window ${state.window}`);
  const counted = rows.filter(({ metric, stage }) => metric === 'error-rate' && (plan.stage ?? stage) === stage);
  const told = allocationsOf(counted.filter(({ decided }) => !decided).map((row) => ({ row, units: row.newUnits })));
  const { awaited, settled } = awaitUnits(state.awaited ?? {}, counted, plan.settleSeconds ?? 4);
  const opened = { ...state, window: index, awaited };
  return [told, ...settled].reduce<SampleRatioState>((folded, more) => addAllocations(folded, plan, more), opened);
}

function addAllocations(state: SampleRatioState, plan: SampleRatioPlan, more: readonly Told[]): SampleRatioState {
  if (more.length === 0) return state;
  const folded = more.reduce(addAllocation, state);
  return { ...folded, greatest: Math.max(folded.greatest, logSampleRatio(folded, plan)) };
}

function addAllocation(state: SampleRatioState, [text, { shares, units }]: Told): SampleRatioState {
  // in the order of the shares, whatever that of the rows
  const weighted = Object.keys(shares).flatMap((arm) => (units[arm] === undefined ? [] : [[arm, units[arm]] as const]));
  const total = weighted.reduce((sum, [, count]) => sum + count, 0);
  const all = Object.values(units).reduce((sum, count) => sum + count, 0);
  const known = state.allocations[text];
  const isNew = !known && total > 0;
  const added = known ? addUnits(known, Object.fromEntries(weighted)) : { shares, units: Object.fromEntries(weighted) };
  const kept = known !== undefined || (isNew && state.allocationsSeen < mostAllocations);
  return {
    ...state,
    allocations: kept ? { ...state.allocations, [text]: added } : state.allocations,
    // an allocation that is not kept is counted each time it comes: past ten the number says nothing more
    allocationsSeen: state.allocationsSeen + Number(isNew),
    arms: Object.fromEntries(
      Object.entries(state.arms).map(([arm, ratio]) => [arm, tilt(ratio, shares[arm] ?? 0, units[arm] ?? 0, total)]),
    ),
    leaked: state.leaked + all - total,
  };
}

/** exp(eta N_a - sum over units of ln(1 + w_a(e^eta - 1))): a likelihood ratio for an arm that gets e^eta times its due. */
function tilt(ratio: ArmRatio, share: number, units: number, total: number): ArmRatio {
  if (share === 0) return ratio;
  const perUnit = tiltsPerUnit(share);
  return {
    units: ratio.units + units,
    expected: ratio.expected + share * total,
    tilts: ratio.tilts.map((log, j) => log + (etas[j] ?? 0) * units - total * (perUnit[j] ?? 0)),
  };
}

const knownTilts = new Map<number, readonly number[]>();

/** ln(1 + w(e^eta - 1)) for each eta: the same share comes second after second. */
function tiltsPerUnit(share: number): readonly number[] {
  const known = knownTilts.get(share);
  if (known) return known;
  if (knownTilts.size >= 1_000) knownTilts.clear();
  const found = etas.map((eta) => Math.log1p(share * Math.expm1(eta)));
  knownTilts.set(share, found);
  return found;
}

/** Up to ten allocations: the product of their Dirichlet e-values; past them the mean over arms and etas, which does not dilute. */
export function logSampleRatio(state: SampleRatioState, { concentration = 100 }: SampleRatioPlan): number {
  if (state.allocationsSeen > mostAllocations) return logMean(Object.values(state.arms).flatMap(({ tilts }) => tilts));
  return Object.values(state.allocations).reduce((sum, { shares, units }) => {
    const arms = Object.entries(shares).map(([arm, share]) => ({ share, count: units[arm] ?? 0 }));
    return sum + (arms.length < 2 ? 0 : logDirichletEvidence(arms, concentration));
  }, 0);
}

export interface SampleRatioVerdict {
  /** pass: nothing speaks against it so far. fail latches. */
  readonly status: 'pass' | 'fail' | 'inconclusive';
  /** The greatest so far. */
  readonly eValue: number;
  readonly threshold: number;
  readonly mismatch: boolean;
  /** Units were in an arm that their own event gave no weight: an alarm at once. */
  readonly leak: boolean;
  readonly units: Readonly<Record<string, { readonly seen: number; readonly expected: number }>>;
  readonly sentence: string;
}

export function judgeSampleRatio(state: SampleRatioState, plan: SampleRatioPlan): SampleRatioVerdict {
  const threshold = 1 / (plan.alpha ?? 0.001);
  const mismatch = state.greatest >= Math.log(threshold);
  const leak = state.leaked > 0;
  const units = Object.fromEntries(
    Object.entries(state.arms).map(([arm, { units: seen, expected }]) => [arm, { seen, expected }]),
  );
  const none = Object.values(units).every(({ seen }) => seen === 0);
  return {
    status: leak || mismatch ? 'fail' : none ? 'inconclusive' : 'pass',
    eValue: expFinite(state.greatest),
    threshold,
    mismatch,
    leak,
    units,
    sentence: sentence(units, { mismatch, none, leaked: state.leaked }),
  };
}

function sentence(
  units: SampleRatioVerdict['units'],
  { mismatch, none, leaked }: { mismatch: boolean; none: boolean; leaked: number },
): string {
  if (leaked > 0) return `Sample ratio: ${leaked} units were in an arm to which their own event gave no weight.`;
  if (none) return 'Sample ratio: no unit has been seen yet.';
  const seen = Object.entries(units).map(
    ([arm, each]) => `${each.seen} in ${arm} (${Math.round(each.expected)} expected)`,
  );
  return `Sample ratio: ${seen.join(', ')}; ${mismatch ? 'this does not follow the weights, so nothing passes' : 'as the weights say'}.`;
}
