// A shadow stage of a plan: until there are pairs enough, until its tests can pass, and which faults this traffic would show.
import { type Metric, type PlannedStage, type RolloutManifest, type ShadowStage } from '@weir/contracts';
import { planPairs, type PairsPlan, type PlannedPairTest, type QuestionedPairTest } from '@weir/stats';
import { planComparisons, type PlannedComparison } from './comparison-plans';
import { alphaPerGuardrail } from './guardrail-plans';
import { type Traffic } from './plan-traffic';

interface Around {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly traffic: Traffic;
}

interface ShadowInPlan {
  readonly pairs: NonNullable<PlannedStage['pairs']>;
  readonly totalMs: PlannedStage['totalMs'];
  readonly warnings: readonly string[];
}

/** Of one candidate: all of a stage's meet the same requests. */
export function planShadow(
  spec: RolloutManifest,
  index: number,
  stage: ShadowStage,
  { metrics, traffic }: Around,
): ShadowInPlan {
  const alpha = alphaPerGuardrail(spec) ?? 0;
  const [candidate] = spec.candidates;
  const tests = planComparisons(spec, metrics, alpha).filter(
    (test) => test.stage === index && test.candidate === candidate,
  );
  const { minPairs, durationMs, maxDurationMs } = stage;
  const sample = stage.sampleBps / 10_000;
  const pairsPerSecond = traffic.told.predictionsPerSecond * sample;
  // of a unit that comes again one of its predictions may be in the sample where the first was not
  const unitsPerSecond = Math.min(pairsPerSecond, traffic.told.unitsPerSecond);
  const questioned = tests.flatMap((test) => questionOf(test, traffic));
  const plan = planPairs({
    ...{ durationMs, minPairs, pairsPerSecond, unitsPerSecond, tests: questioned },
    maxDurationMs: stage.onInconclusive === 'extend' ? maxDurationMs : durationMs,
  });
  return {
    pairs: {
      ...{ minPairs, pairsPerSecond, minPairsMs: Math.round(plan.minPairsMs), heldBy: plan.heldBy },
      tests: plan.tests.map((test) => ({
        ...{ name: test.name, alpha, acceptedMs: test.acceptedMs },
        finds: wordsOf(test, questioned),
      })),
    },
    totalMs: { median: plan.totalMs, p90: plan.totalMs },
    warnings: [...warningsOf(plan, stage), ...unknownOf(questioned)],
  };
}

/** Of one look at all pairs; segments share alpha with them. What is no test of values has none. */
function questionOf(
  { name, measure, must, alpha, beta, segmented }: PlannedComparison,
  { stable }: Traffic,
): QuestionedPairTest[] {
  if (measure.kind !== 'values') return [];
  const { test } = measure;
  const limits = { test, alpha: (alpha ?? 0) * (segmented ? 0.5 : 1), beta };
  const asked = { name, limits, must, share: 1 };
  switch (test.kind) {
    case 'agreement':
      return [asked];
    case 'mean':
      // the logarithm of a quotient of two latencies
      return [{ ...asked, noise: Math.SQRT2 * stable.latencySpread }];
    case 'distance':
      return [{ ...asked, noise: undefined }];
    case 'signed':
      return [
        name === 'error-rate-difference' ? { ...asked, noise: eitherOf(stable.errorRate) } : truth(asked, stable),
      ];
  }
}

function truth(asked: QuestionedPairTest, { metrics }: Traffic['stable']): QuestionedPairTest {
  const known = Object.hasOwn(metrics, asked.name) ? metrics[asked.name] : undefined;
  return known ? { ...asked, share: known.share ?? 1, noise: eitherOf(known.mean) } : { ...asked, noise: undefined };
}

/** How often one of two alone, where each does so often and neither cares for the other: the most that two alike differ. */
function eitherOf(rate: number): number {
  return 2 * rate * (1 - rate);
}

function wordsOf({ name, finds }: PlannedPairTest, tests: readonly QuestionedPairTest[]): string | null {
  const test = tests.find((each) => each.name === name)?.limits.test;
  if (finds === null || !test) return null;
  if (test.kind === 'agreement') return `${percent(1 - finds)} of the pairs agree`;
  if (test.kind === 'mean') return `${figure(Math.exp(finds))} times the latency`;
  return name === 'error-rate-difference'
    ? `${percent(finds)} of the calls fail that do not at stable`
    : `${name} in ${percent(finds)} fewer`;
}

function warningsOf(
  { minPairsMs, totalMs, heldBy, tests }: PairsPlan,
  { minPairs, maxDurationMs, durationMs, onInconclusive }: ShadowStage,
): string[] {
  const [limit, limitMs] = onInconclusive === 'extend' ? ['maxDuration', maxDurationMs] : ['duration', durationMs];
  const held =
    heldBy === 'minPairs'
      ? `${minPairs} pairs take ${minutes(minPairsMs)}`
      : `${heldBy} cannot be shown to hold with this traffic`;
  const unseen = tests.filter(({ name, finds }) => name === 'agreement' && finds === null);
  return [
    ...(totalMs === null ? [`The shadow is not passed within ${limit} (${minutes(limitMs)}): ${held}.`] : []),
    ...unseen.map(
      ({ name }) => `Within duration (${minutes(durationMs)}) this traffic would show no fault of ${name}.`,
    ),
  ];
}

/** They may hold the stage longer than is said. */
function unknownOf(tests: readonly QuestionedPairTest[]): string[] {
  const names = tests
    .filter(({ must, noise, limits }) => must && noise === undefined && limits.test.kind !== 'agreement')
    .map(({ name }) => name);
  return names.length === 0
    ? []
    : [`Nothing is known yet of the values of ${names.join(', ')}: the time does not count them.`];
}

function percent(share: number): string {
  return `${figure(100 * share)} %`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}
