// A rolling update under its guardrails: they can only stop it. What it waits for is said by its instances.
import { isMoving, type Fleet } from './fleet';
import { type StepJudgement } from './judge-step';
import { type ReplacePlan } from './plan';
import { type Place } from './rollout';
import { type Seen } from './verdict';

export function judgeFleet({ byHand }: ReplacePlan, { fleet }: Place, seen: Seen): StepJudgement {
  const breach = seen.verdicts.find(({ breached, ofPairs }) => breached && !ofPairs);
  if (breach) return { kind: 'breached', by: breach, reason: breach.sentence };
  return { kind: 'held', waitingFor: fleetWaitsFor(fleet, byHand) };
}

/** Never empty. */
export function fleetWaitsFor(fleet: Fleet | undefined, byHand: boolean): string[] {
  const waitingFor = (fleet?.instances ?? []).flatMap((each) => {
    if (each.phase === 'failed') return [`a person: ${each.reason}`];
    if (!isMoving(each)) return [];
    const { url, phase, to } = each;
    const byPerson = byHand && phase === 'updating';
    return byPerson ? `a person: update ${url} to ${to}, then approve` : `instances: ${url} is ${phase} for ${to}`;
  });
  return waitingFor.length > 0 ? waitingFor : ['instances: the next batch'];
}
