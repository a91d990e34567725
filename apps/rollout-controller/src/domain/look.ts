// What time and evidence do to a rollout that serves: it goes on, goes back, or waits for a person.
import { judgeComparison } from './judge-comparison';
import { judgeStep, type StepJudgement } from './judge-step';
import { addPause } from './pauses';
import { stepOn } from './place';
import { type Plan, type StagePlan } from './plan';
import { type Place, type RolloutState, type Serving } from './rollout';
import { type Seen } from './verdict';

export interface Look {
  readonly seen: Seen;
  /** The arms compared: baseline, then the candidates. */
  readonly arms: readonly string[];
}

export interface Next {
  readonly state: RolloutState;
  readonly cause: { readonly action: string; readonly actor: string };
}

export function look(state: Serving, { seen, arms }: Look, plan: Plan, now: string): Next | undefined {
  const stage = plan.stages[state.at.stage];
  if (!stage) return undefined;
  const judged = judgeStage(stage, state.at, { seen, arms }, now);
  switch (judged.kind) {
    case 'breached':
      return goBack(state, judged.reason, `guardrail:${judged.by.name}`);
    case 'passed':
      return state.phase === 'running' ? goOn(state, judged, plan, now) : undefined;
    case 'overdue':
      return state.phase === 'running' ? giveUp(state, judged, now) : undefined;
    case 'held':
      return undefined;
  }
}

/** By the kind of stage. */
export function judgeStage(stage: StagePlan, at: Place, { seen, arms }: Look, now: string): StepJudgement {
  const [, ...candidates] = arms;
  return stage.kind === 'compare'
    ? judgeComparison(stage, at, seen, candidates, now)
    : judgeStep(stage, at, seen, arms, now);
}

function goBack({ attempt, at }: Serving, reason: string, actor: string): Next {
  return { state: { phase: 'rolling-back', attempt, reason, at }, cause: { action: 'rollback', actor } };
}

function goOn(
  serving: Serving,
  { by, reason }: Extract<StepJudgement, { kind: 'passed' }>,
  plan: Plan,
  now: string,
): Next {
  const actor = by === 'time' ? 'weir' : 'guardrails';
  const state = stepOn(serving, reason, plan, now);
  return { state, cause: { action: state.phase === 'completed' ? 'complete' : 'advance', actor } };
}

function giveUp(
  state: Serving,
  { waitingFor, then, limit }: Extract<StepJudgement, { kind: 'overdue' }>,
  now: string,
): Next | undefined {
  const reason = `no answer within ${limit}; waited for ${waitingFor.join('; ')}`;
  if (then === 'fail') return goBack(state, reason, 'weir');
  const paused = addPause(state, { by: 'inconclusive', reason, since: now });
  return paused && { state: paused, cause: { action: 'pause', actor: 'weir' } };
}
