// What a bandit's allocator says, held against the rollout that it is for: accepted within the stage's bounds, or refused in words.
import { type WeightsAllocated } from '@weir/contracts';
import { type Allocated } from './allocated';
import { withinEnvelope } from './envelope';
import { candidatesIn, type LearnPlan, type Plan } from './plan';
import { serves, type Place, type RolloutState, type Serving } from './rollout';

export interface Told {
  readonly allocation: WeightsAllocated;
  /** Baseline, then the candidates. */
  readonly arms: readonly string[];
  /** What the arms get as it is. */
  readonly inForce: Readonly<Record<string, number>>;
}

/** An allocation that has waited so long is not what the arms have earned by now: a newer one comes. */
const oldestMs = 60_000;
const oldestUpdates = 5;

export type Answer =
  | { readonly kind: 'accepted'; readonly at: Place; readonly reason: string }
  /** It has been accepted before, or a later one has; or a person holds the rollout as it is. */
  | { readonly kind: 'passed-over' }
  | { readonly kind: 'refused'; readonly why: string };

export function answerTo(state: RolloutState, told: Told, plan: Plan, now: string): Answer {
  const { allocation } = told;
  if (!serves(state)) return refused(`the rollout is ${state.phase}`);
  const stage = plan.stages[state.at.stage];
  if (stage?.kind !== 'learn' || allocation.stage !== state.at.stage)
    return refused(`stage ${allocation.stage} is not the one that runs`);
  if ((allocation.attempt ?? 1) !== state.attempt) return refused(`attempt ${allocation.attempt ?? 1} is over`);
  if (state.phase === 'paused' || isKnown(allocation, state.at)) return { kind: 'passed-over' };
  const why = ageProblem(allocation, stage, now) ?? armsProblem(told, plan, state) ?? weightsProblem(allocation);
  return why === undefined ? accept(state, told, stage, plan) : refused(why);
}

function accept(state: Serving, { allocation, arms, inForce }: Told, stage: LearnPlan, plan: Plan): Answer {
  const { sequence, asOf, weights: wanted, context, probabilityBest, effectiveSamples, stop } = allocation;
  const [, ...candidates] = arms;
  const left = candidatesIn({ ...plan, candidates }, state.at);
  const out = candidates.filter((version) => !left.includes(version));
  const hasLearnt = Object.values(effectiveSamples).some((outcomes) => outcomes > 0);
  // before there is anything to go by the arms keep the shares that they began with
  const weights = hasLearnt ? unlessStill(withinEnvelope(wanted, inForce, stage, out), inForce, stage) : inForce;
  const learnt = { wanted, probabilityBest, effectiveSamples, ...stop };
  return {
    kind: 'accepted',
    at: { ...state.at, allocation: { sequence, asOf, ...learnt, weights, ...(context && { context }) } },
    reason: reasonOf(allocation, weights),
  };
}

/** An allocator that was rebuilt counts from 1 again; its instants go on. */
function isKnown({ sequence, asOf }: WeightsAllocated, { allocation: last }: Place): boolean {
  return last !== undefined && sequence <= last.sequence && Date.parse(asOf) <= Date.parse(last.asOf);
}

/** Each change is an epoch, which evidence keeps apart: less than half a point of the traffic is not worth one. */
const stillBps = 50;

function unlessStill(
  weights: Readonly<Record<string, number>>,
  inForce: Readonly<Record<string, number>>,
  { maxChangeBps }: LearnPlan,
): Readonly<Record<string, number>> {
  const furthest = Math.max(...Object.keys(weights).map((arm) => Math.abs((weights[arm] ?? 0) - (inForce[arm] ?? 0))));
  return furthest < Math.min(stillBps, maxChangeBps) ? inForce : weights;
}

function ageProblem({ asOf }: WeightsAllocated, { updateMs }: LearnPlan, now: string): string | undefined {
  const ageMs = Date.parse(now) - Date.parse(asOf);
  if (ageMs <= Math.max(oldestMs, oldestUpdates * updateMs)) return undefined;
  return `it is stale: computed as of ${asOf}, ${Math.round(ageMs / 1_000)} s ago`;
}

/** Computed for other arms than are in, it is of an earlier epoch: the next will be of this one. */
function armsProblem({ allocation, arms }: Told, plan: Plan, { at }: Serving): string | undefined {
  const [baseline = '', ...candidates] = arms;
  const left = [baseline, ...candidatesIn({ ...plan, candidates }, at)];
  const named = Object.keys(allocation.weights);
  const strange = named.filter((arm) => !left.includes(arm) && (allocation.weights[arm] ?? 0) > 0);
  const missing = left.filter((arm) => !named.includes(arm));
  if (strange.length + missing.length === 0) return undefined;
  const epoch = allocation.epoch === undefined ? '' : ` of epoch ${allocation.epoch}`;
  return `it is for the arms ${named.join(', ')}${epoch}; those that are in are ${left.join(', ')}`;
}

function weightsProblem({ weights }: WeightsAllocated): string | undefined {
  const total = Object.values(weights).reduce((sum, bps) => sum + bps, 0);
  return total === 10_000 ? undefined : `its weights add up to ${total}, not to 10000`;
}

function reasonOf({ probabilityBest, sequence, stop }: WeightsAllocated, weights: Allocated['weights']): string {
  const shares = Object.entries(weights)
    .map(([arm, bps]) => `${arm} ${bps / 100}% (best with ${chance(probabilityBest[arm])})`)
    .join(', ');
  return `allocation ${sequence}: ${shares}. ${stop.sentence}`;
}

function chance(probability = 0): string {
  return String(Number(probability.toFixed(4)));
}

function refused(why: string): Answer {
  return { kind: 'refused', why };
}
