// What a shadow stage has seen of each candidate, whether it is limited or not: the report that it ends with.
import { pairMetrics, type ComparisonView } from '@weir/contracts';
import { intervalOf, type PairTest, type PairTotals } from '@weir/stats';
import { cellKey, driftAt, totalsAt, type CellPlace, type Comparison } from './comparison';
import { coverageOf, type PairsSeen } from './verdict';

/** Results that say nothing against a shadow's coverage: nobody wanted these predictions compared. */
const unwanted = ['not-sampled', 'pinned', 'excluded', 'cancelled', 'not-stable', 'stage-over'].map(
  (reason) => `result.skipped.${reason}`,
);
const level = 0.01;
const meanTest = (scale: number): PairTest => ({ kind: 'mean', most: scale, sign: 1 });

type Of = Pick<CellPlace, 'stage' | 'candidate'>;

/** By metric, all `result.*` of one candidate. */
export function resultsOf({ cells }: Comparison, { stage, candidate }: Of): Record<string, number> {
  const found = Object.entries(cells).flatMap(([key, { totals }]): [string, number][] => {
    const [at, of, , metric, , segment] = JSON.parse(key) as [number, string, string, string, unknown, unknown];
    const isOwn = at === stage && of === candidate && segment === null && metric.startsWith('result.');
    return isOwn ? [[metric, totals.n]] : [];
  });
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function pairsOf(comparison: Comparison, of: Of): PairsSeen {
  const { 'result.compared': compared = 0, ...others } = resultsOf(comparison, of);
  const missed = Object.entries(others).filter(([result]) => !unwanted.includes(result));
  return { compared, missed: missed.reduce((sum, [, n]) => sum + n, 0) };
}

export function reportOf(comparison: Comparison, of: Of): ComparisonView {
  const pairs = pairsOf(comparison, of);
  const { baseline } = comparison;
  const own = (metric: string, output: string | null = null) =>
    totalsAt(comparison, { ...of, arm: of.candidate, metric, output });
  const stables = (metric: string, output: string | null = null) =>
    totalsAt(comparison, { ...of, arm: baseline, metric, output });
  const latency = estimateOf(own(pairMetrics.latencyRatio), meanTest(0.1));
  const cost = own(pairMetrics.modelSeconds);
  return {
    ...of,
    baseline,
    pairs: pairs.compared,
    coverage: pairs.compared + pairs.missed === 0 ? null : coverageOf(pairs),
    results: Object.fromEntries(
      Object.entries(resultsOf(comparison, of)).map(([metric, n]) => [metric.slice('result.'.length), n]),
    ),
    agreement: estimateOf(own(pairMetrics.agreement), agreementTest),
    outputs: Object.fromEntries(
      outputsOf(comparison, of).map((output) => [output, outputOf(comparison, { ...of, output })]),
    ),
    latencyRatio: latency && {
      value: Math.exp(latency.value),
      interval: latency.interval && [Math.exp(latency.interval[0]), Math.exp(latency.interval[1])],
    },
    errorRates: { baseline: meanOf(stables('error-rate')), candidate: meanOf(own('error-rate')) },
    right: Object.fromEntries(
      metricsOf(comparison, of).map((metric) => [
        metric,
        {
          ...discordant(own(pairMetrics.rightDifference, metric)),
          baseline: meanOf(stables(pairMetrics.right, metric)),
          candidate: meanOf(own(pairMetrics.right, metric)),
        },
      ]),
    ),
    cost: { calls: cost.n, modelSeconds: cost.sum },
  };
}

const agreementTest: PairTest = { kind: 'agreement', most: 0.02, sign: 1 };

function outputOf(
  comparison: Comparison,
  { output, ...of }: Of & { output: string },
): ComparisonView['outputs'][string] {
  const own = (metric: string) => totalsAt(comparison, { ...of, arm: of.candidate, metric, output });
  const drift = driftAt(comparison, { ...of, output }, level);
  return {
    agreement: estimateOf(own(pairMetrics.agreement), agreementTest),
    ignored: own(pairMetrics.ignored).n,
    meanDifference: estimateOf(own(pairMetrics.difference), meanTest(0.01)),
    psi: drift?.psi ?? null,
    ks: drift?.distance ?? null,
  };
}

function estimateOf(totals: PairTotals, test: PairTest): ComparisonView['agreement'] {
  const value = meanOf(totals);
  return value === null ? null : { value, interval: intervalOf(totals, test, level) };
}

function meanOf({ n, sum }: PairTotals): number | null {
  return n > 0 ? sum / n : null;
}

/** Pairs in which one of both was right: the sum is their difference, the sum of squares their number. */
function discordant({ n, sum, sumSquares }: PairTotals) {
  return { pairs: n, onlyCandidate: (sumSquares + sum) / 2, onlyBaseline: (sumSquares - sum) / 2 };
}

/** Outputs of which agreement is counted. */
function outputsOf(comparison: Comparison, of: Of): string[] {
  return namesOf(comparison, of, pairMetrics.agreement);
}

function metricsOf(comparison: Comparison, of: Of): string[] {
  return namesOf(comparison, of, pairMetrics.rightDifference);
}

function namesOf({ cells }: Comparison, { stage, candidate }: Of, metric: string): string[] {
  const names = Object.keys(cells).flatMap((key) => {
    const [at, of, arm, counted, output, segment] = JSON.parse(key) as [
      number,
      string,
      string,
      string,
      string | null,
      unknown,
    ];
    const isOwn = at === stage && of === candidate && arm === candidate && counted === metric && segment === null;
    return isOwn && output !== null && key === cellKey({ stage, candidate, arm, metric, output }) ? [output] : [];
  });
  return [...new Set(names)].sort();
}
