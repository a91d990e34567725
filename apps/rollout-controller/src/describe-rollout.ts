// A rollout as the outside sees it: where it stands, what it wants, what is in force, what is seen.
import { type EvidenceView, type PolicyPublished, type RolloutSummary, type RolloutView } from '@weir/contracts';
import { describeEvidence, evidenceOf } from './describe-evidence';
import { describeKept } from './describe-kept';
import { appliedRevision } from './domain/applied';
import { legalMoves } from './domain/legal-moves';
import { planOf } from './domain/plan';
import { placeOf, weightsOf, type Rollout } from './domain/rollout';
import { type Clock, type Greens, type Store } from './ports';
import { notFound } from './refusals';
import { silentBefore } from './settle-rollbacks';

type Weights = Record<string, number>;
type Readable = Pick<
  Store['read'],
  'models' | 'policies' | 'routers' | 'evidence' | 'pairs' | 'judgements' | 'readings'
>;

export class DescribeRollout {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly greens: Greens,
  ) {}

  /** @throws Refused 404. */
  async one(id: string): Promise<RolloutView> {
    const rollout = await this.store.read.rollouts.find(id);
    if (!rollout) throw notFound('rollout', id);
    return this.view(this.store.read, rollout);
  }

  /** @throws Refused 404. */
  async evidence(id: string): Promise<EvidenceView> {
    const rollout = await this.store.read.rollouts.find(id);
    if (!rollout) throw notFound('rollout', id);
    return evidenceOf(this.store.read, rollout, this.clock.now());
  }

  /** As seen from within a transaction, or from outside. */
  async view(read: Readable, rollout: Rollout): Promise<RolloutView> {
    const now = this.clock.now();
    const { policies, routers, evidence } = read;
    const applied = appliedRevision(await routers.heardSince(silentBefore(now)), rollout.model);
    const inForce = applied ? await policies.find(rollout.model, applied) : undefined;
    const latest = await policies.latest(rollout.model);
    const epoch = latest?.slices.find((slice) => slice.rollout === rollout.id)?.epoch;
    const counts = epoch === undefined ? {} : await evidence.counts(rollout.id, 'error-rate', epoch);
    const inStep = (applied ?? Infinity) >= rollout.policyRevision;
    return {
      ...summaryOf(rollout),
      ...(await describeEvidence(read, rollout, { now, applied: inStep, green: this.greens.of(rollout.id) })),
      ...(await describeKept(read, rollout)),
      weights: {
        desired: weightsOf(rollout),
        applied: inForce ? weightsIn(inForce, rollout) : null,
        appliedRevision: applied ?? null,
        policyRevision: rollout.policyRevision,
        observed: sharesOf(counts),
        observedCounts: counts,
      },
      moves: legalMoves(rollout.state, planOf(rollout.spec), now),
      spec: { ...rollout.spec },
    };
  }
}

export function summaryOf(rollout: Rollout): RolloutSummary {
  const { spec, state, salt: _salt, policyRevision: _policyRevision, ...same } = rollout;
  const place = placeOf(state);
  return {
    ...same,
    state: state.phase,
    reason: state.reason,
    ...place,
    kind: spec.stages[place.stage]?.kind ?? null,
    attempt: state.attempt,
    candidates: spec.candidates,
    ...(state.phase === 'completed' && state.winner !== null ? { winner: state.winner } : {}),
  };
}

/** What a document gives to the rollout's units; where it has no slice for it, stable has all. */
function weightsIn(policy: PolicyPublished, { id }: Rollout): Weights {
  return policy.slices.find((slice) => slice.rollout === id)?.arms ?? { [policy.stable]: 10_000 };
}

function sharesOf(counts: Readonly<Record<string, number>>): Weights | null {
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  return Object.fromEntries(Object.entries(counts).map(([arm, n]) => [arm, Math.round((n / total) * 10_000)]));
}
