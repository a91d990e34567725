// From a stage of a manifest that compares answers to the tests that hold its pairs, each with its share of alpha.
import { pairMetrics, type Guardrail, type Metric, type RolloutManifest } from '@weir/contracts';
import { type PairTest } from '@weir/stats';
import { mirroredIn, type Mirrored } from './mirrored';

export type PairMeasure =
  | { readonly kind: 'values'; readonly metric: string; readonly test: PairTest }
  /** Of the distributions of an output. */
  | { readonly kind: 'psi' | 'ks'; readonly most: number };

export interface PlannedComparison {
  /** Index of the stage. */
  readonly stage: number;
  /** agreement, agreement:label, mean-difference:score, latency-ratio, error-rate-difference, psi:score, ks:score, or a truth metric. */
  readonly name: string;
  readonly candidate: string;
  readonly output: string | null;
  readonly measure: PairMeasure;
  readonly must: boolean;
  /** null: a threshold, outside the account. */
  readonly alpha: number | null;
  readonly beta: number;
  /** Evidence is told apart by segments, which share alpha with the total. */
  readonly segmented: boolean;
}

type Spec = Pick<RolloutManifest, 'stages' | 'candidates' | 'promotionError'>;
type Bare = Pick<PlannedComparison, 'name' | 'output' | 'measure' | 'must'>;
type Metrics = Readonly<Record<string, Metric>>;

/** @param alpha of each test. */
export function planComparisons(spec: Spec, metrics: Metrics, alpha: number): PlannedComparison[] {
  const { stages, candidates, promotionError: beta } = spec;
  return stages.flatMap((stage, index) => {
    const mirrored = mirroredIn(stage);
    if (!mirrored) return [];
    const segmented = mirrored.segments.length > 0;
    const guardrails = stage.kind === 'shadow' ? stage.guardrails : [];
    return candidates.flatMap((candidate) =>
      [...testsOf(mirrored), ...guardedTruths(guardrails, metrics)].map((test) => {
        const own = test.measure.kind === 'psi' ? null : alpha;
        return { ...test, stage: index, candidate, beta, segmented, alpha: own };
      }),
    );
  });
}

/** How many tests of one candidate have a part in alpha, beside the stage's guardrails. */
export function comparisonsIn(stage: RolloutManifest['stages'][number]): number {
  const mirrored = mirroredIn(stage);
  return mirrored ? testsOf(mirrored).filter(({ measure }) => measure.kind !== 'psi').length : 0;
}

function testsOf({ compare, limits, decides }: Mirrored): Bare[] {
  const { agreement, meanDifference, latencyRatio, errorRateDifference, psi, ks } = limits;
  if (decides === 'errors') return [errorsOf(errorRateDifference)];
  return [
    agreementOf('agreement', null, compare.agreement),
    ...Object.entries(agreement).map(([output, least]) => agreementOf(`agreement:${output}`, output, least)),
    ...Object.entries(meanDifference).map(([output, most]) =>
      valuesOf(`mean-difference:${output}`, output, pairMetrics.difference, { kind: 'distance', most, sign: 1 }),
    ),
    ...(latencyRatio === undefined
      ? []
      : [
          valuesOf('latency-ratio', null, pairMetrics.latencyRatio, {
            kind: 'mean',
            most: Math.log(latencyRatio),
            sign: 1,
          }),
        ]),
    errorsOf(errorRateDifference),
    ...Object.entries(psi).map(([output, most]) => distributionOf('psi', output, most)),
    ...Object.entries(ks).map(([output, most]) => distributionOf('ks', output, most)),
  ];
}

function agreementOf(name: string, output: string | null, least: number): Bare {
  return valuesOf(name, output, pairMetrics.agreement, { kind: 'agreement', most: 1 - least, sign: 1 });
}

/** Stops what fails; that nothing fails is not asked of a stage that compares answers. */
function errorsOf(most: number): Bare {
  const test: PairTest = { kind: 'signed', most, sign: 1 };
  return { ...valuesOf('error-rate-difference', null, pairMetrics.errorDifference, test), must: false };
}

function valuesOf(name: string, output: string | null, metric: string, test: PairTest): Bare {
  return { name, output, measure: { kind: 'values', metric, test }, must: true };
}

function distributionOf(kind: 'psi' | 'ks', output: string, most: number): Bare {
  return { name: `${kind}:${output}`, output, measure: { kind, most }, must: true };
}

/** Who is right, by the outcomes that have come: a loss of the candidate's is a pair in which stable alone was. */
function guardedTruths(guardrails: readonly Guardrail[], metrics: Metrics): Bare[] {
  return guardrails.flatMap((guardrail): Bare[] => {
    const declared = 'metric' in guardrail ? metrics[guardrail.metric] : undefined;
    if (!('metric' in guardrail) || declared?.type !== 'truth') return [];
    const { metric, margin, must } = guardrail;
    const most = typeof margin === 'object' && 'absolute' in margin ? margin.absolute : 0;
    const sign = declared.direction === 'down' ? 1 : -1;
    const test: PairTest = { kind: 'signed', most, sign };
    return [{ ...valuesOf(metric, metric, pairMetrics.rightDifference, test), must: must === 'pass' }];
  });
}
