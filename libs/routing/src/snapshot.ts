// A policy made ready for deciding: hashes seeded, conditions compiled, every possible decision built once. Never changed, only replaced.
import { type RoutingPolicy, type RoutingSlice } from './policy';
import { contender, seedOf, type Contender } from './rendezvous';
import { compileSegment, describeSegment, type Segment } from './segment';

/** Which arm a prediction meets and everything its record must say about how. It holds nothing of the prediction itself. */
export interface Decision {
  readonly arm: string;
  readonly weights: Readonly<Record<string, number>>;
  /** Probability with which the arm was chosen, (0,1]. */
  readonly propensity: number;
  readonly epoch: number;
  readonly policyRevision: number;
  readonly rollout?: string;
  /** Of the rollout; absent where its slice names none, which is the first. */
  readonly attempt?: number;
  readonly stage?: number;
  readonly step?: number;
  readonly segment?: string;
  readonly reason: 'weights' | 'pinned' | 'no-rollout' | 'not-eligible' | 'target';
  /** What the hash was taken of. */
  readonly assignment: 'unit' | 'prediction';
}

/** One decision in its two forms. */
export type Decisions = Readonly<Record<Decision['assignment'], Decision>>;

export interface CompiledSlice {
  readonly from: number;
  readonly to: number;
  readonly byPrediction: boolean;
  readonly eligible: Segment | undefined;
  readonly contenders: readonly Contender[];
  /** By the contender's index. */
  readonly decisions: readonly Decisions[];
  /** By arm, of weight 0 too: the preview of a version before it gets traffic. */
  readonly pinned: ReadonlyMap<string, Decisions>;
}

export interface Snapshot {
  readonly revision: number;
  readonly positionSeed: number;
  readonly slices: readonly CompiledSlice[];
  readonly targets: readonly { readonly eligible: Segment; readonly decisions: Decisions }[];
  readonly noRollout: Decisions;
  readonly notEligible: Decisions;
  readonly pinned: ReadonlyMap<string, Decisions>;
  /** Unit to version. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** The policy must be one of which `policyProblem` says nothing. */
export function compile(policy: RoutingPolicy): Snapshot {
  const certain = (arm: string, reason: Decision['reason'], segment?: string): Decisions =>
    both({
      arm,
      weights: Object.freeze({ [arm]: 10_000 }),
      propensity: 1,
      epoch: policy.epoch,
      policyRevision: policy.revision,
      ...(segment !== undefined && { segment }),
      reason,
    });
  return Object.freeze({
    revision: policy.revision,
    positionSeed: seedOf(policy.salt, 'slice'),
    slices: policy.slices.map((slice) => compileSlice(policy, slice)),
    targets: policy.targets.map(({ when, version }) => ({
      eligible: compileSegment(when, policy.lists),
      decisions: certain(version, 'target', describeSegment(when)),
    })),
    noRollout: certain(policy.stable, 'no-rollout'),
    notEligible: certain(policy.stable, 'not-eligible'),
    pinned: new Map(Object.keys(policy.versions).map((version) => [version, certain(version, 'pinned')])),
    overrides: new Map(Object.entries(policy.overrides ?? {})),
  });
}

function compileSlice(policy: RoutingPolicy, slice: RoutingSlice): CompiledSlice {
  // by name, so that a tie (one in 2^32) falls the same way on every router
  const arms = Object.entries(slice.arms)
    .filter(([, weight]) => weight > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const total = arms.reduce((sum, [, weight]) => sum + weight, 0);
  const shared = {
    weights: Object.freeze({ ...slice.arms }),
    epoch: slice.epoch,
    policyRevision: policy.revision,
    rollout: slice.rollout,
    ...(slice.attempt !== undefined && { attempt: slice.attempt }),
    stage: slice.stage,
    step: slice.step,
    ...(slice.when && { segment: describeSegment(slice.when) }),
  } as const;
  return {
    from: slice.from,
    to: Math.min(slice.to, 10_000 - (policy.holdoutBps ?? 0)),
    byPrediction: slice.assign === 'prediction',
    eligible: slice.when && compileSegment(slice.when, policy.lists),
    contenders: arms.map(([arm, weight]) => contender(arm, weight, slice.salt)),
    decisions: arms.map(([arm, weight]) => both({ ...shared, arm, propensity: weight / total, reason: 'weights' })),
    pinned: new Map(
      Object.keys(slice.arms).map((arm) => [arm, both({ ...shared, arm, propensity: 1, reason: 'pinned' })]),
    ),
  };
}

function both(decision: Omit<Decision, 'assignment'>): Decisions {
  return {
    unit: Object.freeze({ ...decision, assignment: 'unit' }),
    prediction: Object.freeze({ ...decision, assignment: 'prediction' }),
  };
}
