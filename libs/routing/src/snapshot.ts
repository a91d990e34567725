// A policy made ready for deciding: hashes seeded, conditions compiled, every possible decision built once. Never changed, only replaced.
import { ContextDraws, type Draws } from './context-draws';
import { type RoutingPolicy, type RoutingSlice } from './policy';
import { contender, seedOf } from './rendezvous';
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

export interface CompiledSlice extends Draws {
  readonly from: number;
  readonly to: number;
  readonly byPrediction: boolean;
  readonly eligible: Segment | undefined;
  /** By context, in place of the draws of all. */
  readonly contextual: ContextDraws | undefined;
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
  const shared = sharedOf(policy, slice);
  const drawsOf = (weights: Readonly<Record<string, number>>): Draws => drawsBy(weights, shared, slice.salt);
  const closed = Object.fromEntries(Object.keys(slice.arms).map((arm) => [arm, 0]));
  return {
    from: slice.from,
    to: Math.min(slice.to, 10_000 - (policy.holdoutBps ?? 0)),
    byPrediction: slice.assign === 'prediction',
    eligible: slice.when && compileSegment(slice.when, policy.lists),
    ...drawsOf(slice.arms),
    contextual: fittingContext(slice, (weights) => drawsOf({ ...closed, ...weights })),
    pinned: new Map(
      Object.keys(slice.arms).map((arm) => {
        const weights = Object.freeze({ ...slice.arms });
        return [arm, both({ ...shared, weights, arm, propensity: 1, reason: 'pinned' })];
      }),
    ),
  };
}

/** A form that was compiled for other arms than those that are open is not used: a closed arm gets nothing, an opened one its share. */
function fittingContext(
  { arms, context }: RoutingSlice,
  drawsOf: (weights: Readonly<Record<string, number>>) => Draws,
): ContextDraws | undefined {
  if (!context) return undefined;
  const open = Object.keys(arms).filter((arm) => (arms[arm] ?? 0) > 0);
  const compiled = context.models.map(({ arm }) => arm);
  return open.sort().join(' ') === compiled.sort().join(' ') ? new ContextDraws(context, drawsOf) : undefined;
}

type Shared = Omit<Decision, 'arm' | 'weights' | 'propensity' | 'reason' | 'assignment'>;

function sharedOf(policy: RoutingPolicy, slice: RoutingSlice): Shared {
  return {
    epoch: slice.epoch,
    policyRevision: policy.revision,
    rollout: slice.rollout,
    ...(slice.attempt !== undefined && { attempt: slice.attempt }),
    stage: slice.stage,
    step: slice.step,
    ...(slice.when && { segment: describeSegment(slice.when) }),
  };
}

function drawsBy(weights: Readonly<Record<string, number>>, shared: Shared, salt: string): Draws {
  // by name, so that a tie (one in 2^32) falls the same way on every router
  const arms = Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const total = arms.reduce((sum, [, weight]) => sum + weight, 0);
  const frozen = Object.freeze({ ...weights });
  return {
    contenders: arms.map(([arm, weight]) => contender(arm, weight, salt)),
    decisions: arms.map(([arm, weight]) =>
      both({ ...shared, weights: frozen, arm, propensity: weight / total, reason: 'weights' }),
    ),
  };
}

function both(decision: Omit<Decision, 'assignment'>): Decisions {
  return {
    unit: Object.freeze({ ...decision, assignment: 'unit' }),
    prediction: Object.freeze({ ...decision, assignment: 'prediction' }),
  };
}
