// What a model's traffic is like, from the evidence of its latest rollout; or what is assumed where there is none.
import { type PlannedTraffic } from '@weir/contracts';
import { ratioMean, type Imagined, type UnitTotals } from '@weir/stats';

/** Sums over all windows of a rollout. */
export interface ObservedTraffic {
  readonly rollout: string;
  readonly baseline: string;
  /** Width of its slice. */
  readonly sliceBps: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly counts: readonly {
    readonly metric: string;
    readonly arm: string;
    readonly n: number;
    readonly sum: number;
    readonly sumSquares: number;
    readonly newUnits: number;
    readonly onceN: number;
    readonly onceSum: number;
    /** Overlap-weighted, of units' totals; absent: not asked for. */
    readonly unitSums?: Pick<UnitTotals, 'n' | 'y' | 'd' | 'yy' | 'yd' | 'dd'>;
  }[];
}

export interface Traffic {
  readonly told: PlannedTraffic;
  readonly stable: Imagined;
}

/** The 95th percentile is 2.3 times the median: common for model servers, and never asked of a histogram here. */
const latencySpread = 0.5;

const assumed: Traffic = {
  told: {
    source: 'assumed',
    predictionsPerSecond: 100,
    unitsPerSecond: 10,
    errorRate: 0.005,
    sentence:
      'No rollout of this model has evidence yet: 100 predictions and 10 new units a second, 0.5 % failing, are assumed.',
  },
  stable: { errorRate: 0.005, latencySpread, metrics: {} },
};

/** @param sliceBps width of the slice that is planned for: its units come in that share. */
export function trafficFor(observed: ObservedTraffic | undefined, sliceBps: number): Traffic {
  const seconds = observed ? (observed.toMs - observed.fromMs) / 1_000 : 0;
  const served = observed?.counts.filter(({ metric }) => metric === 'error-rate') ?? [];
  const units = total(served.map(({ newUnits }) => newUnits));
  if (!observed || seconds <= 0 || units === 0) return assumed;
  const scale = sliceBps / observed.sliceBps / seconds;
  const own = served.find(({ arm }) => arm === observed.baseline);
  const errorRate = own && own.onceN > 0 ? own.onceSum / own.onceN : 0;
  const [unitsPerSecond, predictionsPerSecond] = [units * scale, total(served.map(({ n }) => n)) * scale];
  const sentence = `As rollout ${observed.rollout} saw it over ${Math.round(seconds)} s: ${figure(predictionsPerSecond)} predictions and ${figure(unitsPerSecond)} new units a second in this slice.`;
  const metrics = metricsOf(observed, own?.onceN ?? 0);
  return {
    told: { source: 'observed', predictionsPerSecond, unitsPerSecond, errorRate, sentence },
    stable: { errorRate, latencySpread, metrics },
  };
}

/** Of stable: mean and deviation of each declared metric, and the share of units that have one. */
function metricsOf({ counts, baseline }: ObservedTraffic, units: number): Imagined['metrics'] {
  const declared = counts.filter(
    ({ metric, arm, n }) =>
      arm === baseline && n > 1 && !['error-rate', 'client-error-rate', 'latency'].includes(metric),
  );
  return Object.fromEntries(
    declared.map(({ metric, n, sum, sumSquares, onceN, unitSums }) => {
      // values of one unit are no observations of their own; a ratio has a mean of units' sums and no other
      const perUnit = unitSums && ratioMean(unitSums);
      const mean = onceN === 0 && perUnit ? perUnit.mean : sum / n;
      const deviation = perUnit
        ? Math.sqrt(perUnit.units * perUnit.variance)
        : Math.sqrt(Math.max(0, sumSquares / n - mean ** 2));
      const counting = onceN === 0 && perUnit ? perUnit.units : onceN;
      return [metric, { mean, deviation, share: units > 0 ? Math.min(1, counting / units) : 1 }];
    }),
  );
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
