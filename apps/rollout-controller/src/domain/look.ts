// What time and evidence do to a rollout that serves: it goes on, goes back, or waits for a person.
import { judgeBandit } from './judge-bandit';
import { judgeComparison } from './judge-comparison';
import { judgeExperiment } from './judge-experiment';
import { judgeFleet } from './judge-fleet';
import { judgeStep, type StepJudgement } from './judge-step';
import { judgeSwitch } from './judge-switch';
import { rollingBack } from './advance-fleet';
import { type Cause } from './cause';
import { addPause } from './pauses';
import { completedAt, stageFrom, stepOn } from './place';
import { type Decision, type OutArm } from './decision';
import { candidatesIn, winnerOf, type Plan, type StagePlan } from './plan';
import { type Place, type RolloutState, type Serving } from './rollout';
import { type Seen } from './verdict';

export interface Look {
  readonly seen: Seen;
  /** The arms compared: baseline, then the candidates. */
  readonly arms: readonly string[];
}

export interface Next {
  readonly state: RolloutState;
  readonly cause: Cause;
}

export function look(state: Serving, { seen, arms }: Look, plan: Plan, now: string): Next | undefined {
  const stage = plan.stages[state.at.stage];
  if (!stage) return undefined;
  const judged = judgeStage(stage, state.at, { seen, arms }, now);
  switch (judged.kind) {
    case 'breached':
      return goBack(state, judged.reason, `guardrail:${judged.by.name}`, now);
    case 'passed':
      return state.phase === 'running' ? goOn(withoutBreached(state, stage, seen, now), judged, plan, now) : undefined;
    case 'out':
      return leaveOut(state, judged, stage);
    case 'decided':
      return settle(state, judged, plan, now);
    case 'overdue':
      return state.phase === 'running' ? giveUp(state, judged, now) : undefined;
    case 'back-to':
      return stepBack(state, judged, now);
    case 'straight':
      return state.phase === 'running' ? goStraight(state, judged.reason, plan, now) : undefined;
    case 'held':
      return undefined;
  }
}

/** By the kind of stage. */
export function judgeStage(stage: StagePlan, at: Place, { seen, arms }: Look, now: string): StepJudgement {
  const [baseline = '', ...all] = arms;
  const candidates = candidatesIn({ candidates: all }, at);
  switch (stage.kind) {
    case 'compare':
      return judgeComparison(stage, at, seen, candidates, now);
    case 'experiment':
      return judgeExperiment(stage, at, seen, candidates, now);
    case 'learn':
      return judgeBandit(stage, at, seen, [baseline, ...candidates], now);
    case 'replace':
      return judgeFleet(stage, at, seen);
    case 'switch':
      return judgeSwitch(stage, at, seen, [baseline, ...candidates], now);
    case 'shift':
      return judgeStep(stage, at, seen, [baseline, ...candidates], now);
  }
}

/** Paused or not: nothing may go on from what is not so any more. */
function stepBack(state: Serving, { step, reason }: Extract<StepJudgement, { kind: 'back-to' }>, now: string): Next {
  const at = { ...stageFrom(state.at, state.at.stage, now), step };
  return { state: { ...state, reason, at }, cause: { action: 'prepare', actor: 'weir' } };
}

function goStraight({ attempt, at }: Serving, reason: string, plan: Plan, now: string): Next | undefined {
  const next = completedAt({ attempt, at }, reason, plan, winnerOf(plan, at), now);
  return next && { state: next, cause: { action: 'complete', actor: 'weir' } };
}

/** The others go on, with the same proportions; paused or not, for it was shown. */
function leaveOut(
  state: Serving,
  { out, reason, by }: Extract<StepJudgement, { kind: 'out' }>,
  stage: StagePlan,
): Next {
  const next = { ...state, reason, at: { ...state.at, out: [...(state.at.out ?? []), ...out] } };
  return { state: next, cause: { action: 'leave-out', actor: actorOf(by, stage) } };
}

/** Paused, only harm moves it. */
function settle(
  state: Serving,
  { decision, out, by, then }: Extract<StepJudgement, { kind: 'decided' }>,
  plan: Plan,
  now: string,
): Next | undefined {
  const decided = { ...state, reason: decision.reason, at: withDecision(state.at, decision, out) };
  const actor = actorOf(by, plan.stages[state.at.stage]);
  if (then === 'go-back') return goBack(decided, decision.reason, actor, now);
  if (state.phase === 'paused') return undefined;
  if (then === 'ask') return { state: decided, cause: { action: 'decide', actor } };
  const { attempt, at } = decided;
  const next =
    decision.winner === null
      ? ({ phase: 'completed', attempt, reason: decision.reason, at, winner: null } as const)
      : stepOn(decided, decision.reason, plan, now, decision.winner);
  return next && { state: next, cause: { action: next.phase === 'completed' ? 'complete' : 'advance', actor } };
}

function withDecision(at: Place, decision: Decision, out: readonly OutArm[]): Place {
  const all = [...(at.out ?? []), ...out];
  return { ...at, ...(all.length > 0 && { out: all }), decisions: [...(at.decisions ?? []), decision] };
}

function actorOf(guardrail: string | undefined, stage: StagePlan | undefined): string {
  if (guardrail !== undefined) return `guardrail:${guardrail}`;
  return stage?.kind === 'learn' ? 'bandit' : 'experiment';
}

/** What a shadow has found bad of several candidates does not come as far as a caller. */
function withoutBreached(state: Serving, { kind }: StagePlan, { verdicts }: Seen, now: string): Serving {
  if (kind !== 'compare') return state;
  const { at } = state;
  const own = verdicts.filter(({ breached, stage }) => breached && stage === at.stage);
  const bad = [...new Map(own.map(({ candidate, sentence }) => [candidate, sentence]))];
  if (bad.length === 0) return state;
  const out = bad.map(([version, reason]) => ({ version, at: now, reason }));
  return { ...state, at: { ...at, out: [...(at.out ?? []), ...out] } };
}

function goBack(state: Serving, reason: string, actor: string, now: string): Next {
  return { state: rollingBack(state, reason, now), cause: { action: 'rollback', actor } };
}

function goOn(
  serving: Serving,
  { by, reason }: Extract<StepJudgement, { kind: 'passed' }>,
  plan: Plan,
  now: string,
): Next | undefined {
  const actor = by === 'time' ? 'weir' : 'guardrails';
  const state = stepOn(serving, reason, plan, now);
  if (!state) return undefined;
  return { state, cause: { action: state.phase === 'completed' ? 'complete' : 'advance', actor } };
}

function giveUp(
  state: Serving,
  { waitingFor, then, limit }: Extract<StepJudgement, { kind: 'overdue' }>,
  now: string,
): Next | undefined {
  const reason = `no answer within ${limit}; waited for ${waitingFor.join('; ')}`;
  if (then === 'fail') return goBack(state, reason, 'weir', now);
  const paused = addPause(state, { by: 'inconclusive', reason, since: now });
  return paused && { state: paused, cause: { action: 'pause', actor: 'weir' } };
}
