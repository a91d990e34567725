// How a stage would share its traffic and whether it may end, by what it has learnt and as of an instant. Contextual or not.
import {
  allocate,
  allocateInContext,
  judgeStop,
  type Allocation,
  type BanditState,
  type ClaimSums,
  type CompiledContext,
  type ContextState,
  type StopVerdict,
} from '@weir/bandits';
import { type BanditStage } from './bandit-stage';

export interface Learnings {
  readonly state: BanditState;
  readonly claims: Readonly<Record<string, ClaimSums>>;
  readonly contexts: ContextState;
}

export interface StageAllocation extends Allocation {
  readonly context?: CompiledContext;
}

export function allocationOf(stage: BanditStage, { state, contexts }: Learnings, asOfMs: number): StageAllocation {
  const { algorithm, direction, halfLifeMs, floorBps, capsBps = {}, arms, context: features } = stage;
  const caps = Object.fromEntries(Object.entries(capsBps).map(([arm, bps]) => [arm, bps / 10_000]));
  const shared = { direction, halfLifeMs, floor: floorBps / 10_000, caps, arms };
  if (algorithm !== 'square-cb') return allocate(state, { ...shared, algorithm, likelihood: stage.likelihood }, asOfMs);
  return allocateInContext({ contexts, rewards: state }, { ...shared, features: features ?? [] }, asOfMs);
}

export type StageVerdict = Omit<StopVerdict, 'contrasts'>;

/** Undefined: no arms. */
export function verdictOf(
  stage: BanditStage,
  allocation: StageAllocation,
  { claims }: Learnings,
): StageVerdict | undefined {
  const { direction, assign, stopAtRemainingValue: threshold } = stage;
  if (allocation.context) return contextualVerdict(allocation, threshold);
  return judgeStop(allocation, claims, { direction, assign, threshold }) ?? undefined;
}

/** One arm for all would give away what the context is worth: it does not end by itself. */
function contextualVerdict({ weights }: StageAllocation, threshold: number): StageVerdict | undefined {
  const [leader] = Object.entries(weights).reduce<[string?, number?]>(
    (most, [arm, weight]) => (weight > (most[1] ?? -1) ? [arm, weight] : most),
    [],
  );
  if (leader === undefined) return undefined;
  const sentence = `Which arm is best may depend on the context (${leader} on average): a contextual bandit ends by its duration or by hand.`;
  return { leader, valueRemaining: Infinity, threshold, separated: null, stop: false, sentence };
}
