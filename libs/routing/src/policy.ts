// What assignment reads of a policy. The published policy document fits it as it is.
import { type CompiledContext } from '@weir/bandits';
import { type Lists, type When } from './segment';

export interface RoutingSlice {
  readonly rollout: string;
  /** Absent: the first. */
  readonly attempt?: number | undefined;
  readonly stage: number;
  readonly step: number;
  /** Of the model's units, basis points: from <= position < to. */
  readonly from: number;
  readonly to: number;
  readonly epoch: number;
  readonly salt: string;
  /** Weights by arm; an arm of weight 0 gets nothing. */
  readonly arms: Readonly<Record<string, number>>;
  /** Weighs the arms for each context, where its arms are those with weight above; else these weights hold. */
  readonly context?: CompiledContext | undefined;
  readonly assign: 'unit' | 'prediction';
  readonly when?: When | undefined;
}

export interface RoutingPolicy {
  readonly revision: number;
  readonly epoch: number;
  readonly stable: string;
  readonly versions: Readonly<Record<string, unknown>>;
  readonly salt: string;
  readonly slices: readonly RoutingSlice[];
  readonly targets: readonly { readonly when: When; readonly version: string }[];
  readonly lists: Lists;
  /** Unit to version, whatever slices and targets say; absent: none. */
  readonly overrides?: Readonly<Record<string, string>> | undefined;
  /** The last part of the units: no slice gets them, whatever its bounds; absent: none. */
  readonly holdoutBps?: number | undefined;
}

/** The first thing that makes a policy impossible to serve by, in one sentence; undefined when there is none. */
export function policyProblem(policy: RoutingPolicy): string | undefined {
  const known = (version: string): boolean => Object.hasOwn(policy.versions, version);
  if (!known(policy.stable)) return `stable is ${policy.stable}, which is not among the versions`;
  for (const slice of policy.slices) {
    const stranger = Object.keys(slice.arms).find((arm) => !known(arm));
    if (stranger) return `rollout ${slice.rollout} has the arm ${stranger}, which is not among the versions`;
    if (!Object.values(slice.arms).some((weight) => weight > 0))
      return `rollout ${slice.rollout} has no arm with a weight`;
  }
  const lost = policy.targets.find((target) => !known(target.version));
  if (lost) return `a lasting target is ${lost.version}, which is not among the versions`;
  const forced = Object.values(policy.overrides ?? {}).find((version) => !known(version));
  return forced === undefined ? undefined : `an override is ${forced}, which is not among the versions`;
}
