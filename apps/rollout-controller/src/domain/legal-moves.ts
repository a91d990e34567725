// Which commands a state allows, asked of `advance` itself, so that the table cannot differ from the machine.
import { rolloutAction, type RolloutAction, type RolloutManifest } from '@weir/contracts';
import { advance, type Plan } from './advance';
import { type RolloutState } from './rollout';

export function legalMoves(state: RolloutState, plan: Plan, now: string): RolloutAction[] {
  return rolloutAction.options.filter(
    (action) => advance(state, { kind: 'command', action, reason: 'asked' }, plan, now).kind === 'moved',
  );
}

export function planOf(spec: RolloutManifest): Plan {
  return {
    steps: spec.stages.map((stage) => (stage.kind === 'canary' ? stage.steps.length : 1)),
    candidate: spec.candidates[0] ?? '',
  };
}
