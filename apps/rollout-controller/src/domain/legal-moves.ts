// Which commands a state allows, asked of `advance` itself, so that the table cannot differ from the machine.
import { rolloutAction, type RolloutAction } from '@weir/contracts';
import { advance } from './advance';
import { type Plan } from './plan';
import { type RolloutState } from './rollout';

export function legalMoves(state: RolloutState, plan: Plan, now: string): RolloutAction[] {
  const [version] = plan.candidates; // where several could be meant the person names one
  return rolloutAction.options.filter(
    (action) => advance(state, { kind: 'command', action, reason: 'asked', version }, plan, now).kind === 'moved',
  );
}
