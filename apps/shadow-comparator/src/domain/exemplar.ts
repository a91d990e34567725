// Pairs kept to be looked at: of each kind of difference those with the least hash, whatever the order in which they came.
import { murmur3 } from '@weir/routing';
import { type Comparison } from './comparison';
import { parsePath, without } from './json-path';
import { type ShadowedStage } from './shadowed-stage';

export interface Exemplar {
  readonly rollout: string;
  readonly attempt: number;
  readonly stage: number;
  readonly shadow: string;
  /** `label: label`, `score: not-finite`, `failed: timeout`; behind it ` (ignored)` where a rule says that it does not matter. */
  readonly kind: string;
  readonly hash: number;
  readonly predictionId: string;
  /** What is shown: the event, the request and both answers, redacted. */
  readonly document: unknown;
}

const defaultExemplars = 5;
/** A pair of larger bodies is kept without them. */
const mostCharacters = 200_000;

export function exemplarsPerKind({ rules }: ShadowedStage): number {
  return rules.exemplars ?? defaultExemplars;
}

/** One for each kind of difference that the pair shows; nothing where it shows none. */
export function exemplarsOf({ event, material }: Comparison, stage: ShadowedStage): Exemplar[] {
  if (!material || exemplarsPerKind(stage) === 0) return [];
  const { rollout, attempt = 1, shadow, predictionId } = event;
  const paths = (stage.rules.redact ?? []).map(parsePath);
  const shown = Object.fromEntries(Object.entries(material).map(([part, body]) => [part, without(body, paths)]));
  const small = JSON.stringify(shown).length <= mostCharacters;
  // the values of outputs stand in the bodies too; where something is redacted they are told there alone
  const told = paths.length === 0 ? event : { ...event, outputs: withoutValues(event.outputs) };
  const document = small ? { ...told, ...shown } : { ...told, bodies: 'too large' };
  return kindsOf(event).map((kind) => ({
    ...{ rollout, attempt, stage: event.stage, shadow, kind, predictionId, document },
    hash: murmur3(predictionId, 0),
  }));
}

function withoutValues(outputs: Comparison['event']['outputs']): Comparison['event']['outputs'] {
  return Object.fromEntries(Object.entries(outputs).map(([name, { stable: _, shadow: __, ...rest }]) => [name, rest]));
}

function kindsOf({ result, reason, outputs }: Comparison['event']): string[] {
  if (result === 'failed') return [`failed: ${reason ?? ''}`];
  return Object.entries(outputs).flatMap(([name, { verdict, difference }]) => {
    if (difference === undefined || verdict === 'matched') return [];
    // names that only the shadow chooses are one kind
    const output = difference === 'extra' ? 'an output' : name;
    return [`${output}: ${difference}${verdict === 'ignored' ? ' (ignored)' : ''}`];
  });
}
