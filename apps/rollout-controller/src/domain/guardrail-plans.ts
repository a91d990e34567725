// From the guardrails of a manifest to the tests that hold them, with the share of alpha that each of them has.
import { type Guardrail, type Metric, type RolloutManifest, type Stage } from '@weir/contracts';
import { comparisonsIn } from './comparison-plans';
import { type Declared } from './experiment-plans';
import { splitAlpha, type DifferenceMargin, type GuardrailPlan, type GuardrailTest } from '@weir/stats';

export interface PlannedGuardrail {
  /** Index of the stage that declares it. */
  readonly stage: number;
  readonly name: string;
  readonly plan: GuardrailPlan;
}

type Spec = Pick<RolloutManifest, 'stages' | 'candidates' | 'alpha' | 'promotionError'>;
type Metrics = Readonly<Record<string, Metric>>;
type OnMetric = Extract<Guardrail, { metric: string }>;

/**
 * Of all stages: what is split among them bounds the error of the whole rollout. In a shadow stage both versions meet the same requests, at
 * even weights; who was right is judged by pairs (comparison-plans.ts).
 */
export function planGuardrails(spec: Spec, baseline: string, declared: Declared): PlannedGuardrail[] {
  const alpha = alphaPerGuardrail(spec) ?? 0;
  return spec.stages.flatMap((stage, index) =>
    stage.guardrails
      .filter(isOnMetric)
      .filter(isOfArms(stage, declared.metrics))
      .flatMap((guardrail) =>
        spec.candidates.map((candidate) => ({
          stage: index,
          name: guardrail.metric,
          plan: {
            test: testOf(guardrail, declared),
            baseline,
            candidate,
            stage: index,
            alpha,
            beta: spec.promotionError,
            mustPass: guardrail.must === 'pass',
            minUnits: leastUnitsOf(stage),
          },
        })),
      ),
  );
}

/** alpha over every (stage, guardrail or limit, candidate) that can roll back; null where there is none. */
export function alphaPerGuardrail({ stages, candidates, alpha }: Spec): number | null {
  const guarded = stages.flatMap(({ guardrails }) => guardrails).filter(isOnMetric).length;
  const compared = stages.reduce((sum, stage) => sum + comparisonsIn(stage), 0);
  return guarded + compared === 0 ? null : splitAlpha(alpha, candidates.length, guarded + compared);
}

/** Of a mean, before it may decide. */
function leastUnitsOf(stage: Stage): number {
  if (stage.kind === 'bandit') return stage.minOutcomes;
  return stage.kind === 'canary' || stage.kind === 'ab' ? stage.minUnits : 0;
}

function isOfArms({ kind }: Stage, metrics: Metrics) {
  return ({ metric }: OnMetric): boolean => kind !== 'shadow' || metrics[metric] === undefined;
}

function isOnMetric(guardrail: Guardrail): guardrail is OnMetric {
  return 'metric' in guardrail;
}

/** A ratio is tested as a mean is: both are quotients of units' sums. */
function testOf({ metric, margin }: OnMetric, { metrics, ratios = {} }: Declared): GuardrailTest {
  const declared = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  const ratio = Object.hasOwn(ratios, metric) ? ratios[metric] : undefined;
  if (metric === 'error-rate' || metric === 'client-error-rate')
    return { kind: 'errors', metric, ratio: ratioOf(margin) };
  const quantile = /^latency-p(\d+)$/.exec(metric)?.[1];
  if (!declared && quantile !== undefined)
    return { kind: 'latency', metric, quantile: Number(quantile) / 100, ratio: ratioOf(margin) };
  const { direction } = declared ?? ratio ?? { direction: 'up' };
  const difference = differenceOf(margin);
  if (declared?.type === 'binary' || declared?.type === 'truth')
    return { kind: 'binary', metric, direction, margin: difference };
  const bounds = declared?.type === 'numeric' ? declared.bounds : undefined;
  return {
    kind: 'numeric',
    metric,
    direction,
    margin: difference,
    ...(bounds ? { bounds: [bounds.min, bounds.max] } : {}),
  };
}

/** Margins are explicit once a manifest has been checked. */
function ratioOf(margin: OnMetric['margin']): number {
  if (typeof margin === 'number') return margin;
  return 'ratio' in margin ? margin.ratio : 1;
}

function differenceOf(margin: OnMetric['margin']): DifferenceMargin {
  if (typeof margin === 'number') return { absolute: margin };
  return 'ratio' in margin ? { absolute: 0 } : margin;
}
