// What the newest policies say of metrics, asked by decision.
import { type Metric, type PolicyPublished } from '@weir/contracts';
import { type Decision } from './decision';

export interface PartOfRatio {
  readonly ratio: string;
  readonly part: 'numerator' | 'denominator';
}

type OfModel = Pick<Decision, 'model'>;

export interface Metrics {
  /** The definition that a decision's model gives a metric; undefined for a metric that nobody declared. */
  of(decision: OfModel, metric: string): Metric | undefined;
  /** Of the declared ones. */
  namesOf(decision: OfModel): readonly string[];
  /** The other metric whose past foretells this one; undefined: its own does. */
  covariateOf(decision: OfModel, metric: string): string | undefined;
  /** The ratios that a metric is part of. */
  partsOf(decision: OfModel, metric: string): readonly PartOfRatio[];
}

export function metricsIn(policies: ReadonlyMap<string, Pick<PolicyPublished, 'metrics' | 'ratios'>>): Metrics {
  const parts = new Map([...policies].map(([model, policy]) => [model, partsOf(policy)]));
  const of: Metrics['of'] = ({ model }, metric) => {
    const metrics = policies.get(model)?.metrics;
    return metrics && Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  };
  return {
    of,
    covariateOf(decision, metric) {
      const definition = of(decision, metric);
      return definition && 'covariate' in definition ? definition.covariate : undefined;
    },
    namesOf: ({ model }) => Object.keys(policies.get(model)?.metrics ?? {}),
    partsOf: ({ model }, metric) => parts.get(model)?.get(metric) ?? [],
  };
}

function partsOf({ ratios = {} }: Pick<PolicyPublished, 'ratios'>): Map<string, PartOfRatio[]> {
  const parts = new Map<string, PartOfRatio[]>();
  for (const [ratio, { numerator, denominator }] of Object.entries(ratios)) {
    parts.set(numerator, [...(parts.get(numerator) ?? []), { ratio, part: 'numerator' }]);
    parts.set(denominator, [...(parts.get(denominator) ?? []), { ratio, part: 'denominator' }]);
  }
  return parts;
}
