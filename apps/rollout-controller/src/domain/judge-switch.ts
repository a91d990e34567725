// Whether green goes on: from being made ready to its preview, from there to all of the traffic, and from there to the end.
import { switchStepOf } from './green';
import { pairsMissing } from './judge-comparison';
import {
  elapsed,
  evidenceMissing,
  ratioMissing,
  routersMissing,
  seconds,
  timeMissing,
  type StepJudgement,
} from './judge-step';
import { type SwitchPlan } from './plan';
import { type Place } from './rollout';
import { type Seen, type Verdict } from './verdict';

/** @param arms blue, then green. */
export function judgeSwitch(
  stage: SwitchPlan,
  at: Place,
  seen: Seen,
  arms: readonly string[],
  now: string,
): StepJudgement {
  const [blue = '', green = ''] = arms;
  const breach = seen.verdicts.find(({ breached, ofPairs, stage: own }) => breached && (!ofPairs || own === at.stage));
  if (breach) return { kind: 'breached', by: breach, reason: breach.sentence };
  switch (switchStepOf(at)) {
    case 'prepare':
      return judgePreparing(stage, at, seen, green, now);
    case 'preview':
      return judgePreview(stage, at, seen, green, now);
    case 'bake':
      return judgeBake(stage, at, seen, [blue, green], now);
  }
}

function judgePreparing(stage: SwitchPlan, at: Place, seen: Seen, green: string, now: string): StepJudgement {
  const waitingFor = [...instancesMissing(seen), ...routersMissing(seen)];
  const reason = `all instances of ${green} are ready`;
  if (waitingFor.length === 0) return at.green?.straight ? straight(at.green.straight) : passed('evidence', reason);
  if (elapsed(at.maxStepFrom, now) < stage.deadlineMs) return { kind: 'held', waitingFor };
  const isGreens = instancesMissing(seen).length > 0;
  return { kind: 'overdue', limit: 'deadline', waitingFor, then: isGreens ? 'fail' : 'pause' };
}

/** Green has to be ready as long as it lasts: what fails in it is made ready again. */
function judgePreview(stage: SwitchPlan, at: Place, seen: Seen, green: string, now: string): StepJudgement {
  const unready = instancesMissing(seen);
  if (seen.green && unready.length > 0) return { kind: 'back-to', step: 0, reason: unready.join('; ') };
  if (at.green?.straight) return straight(at.green.straight);
  const elapsedMs = elapsed(at.startedAt, now);
  const own = seen.verdicts.filter((verdict) => verdict.stage === at.stage && verdict.ofPairs);
  const unanswered = comparisonMissing(stage, green, seen, own);
  const waitingFor = [
    ...unready,
    ...timeMissing(elapsedMs, stage.previewMs),
    ...routersMissing(seen),
    ...(stage.mirror ? evidenceMissing(seen) : []),
    ...unanswered,
    ...approvalMissing(stage, at, green),
  ];
  if (waitingFor.length === 0) return passed('evidence', previewReason(stage, at, seen, green, own, elapsedMs));
  const isLate = elapsed(at.maxStepFrom, now) >= stage.maxPreviewMs;
  return isLate ? { kind: 'overdue', limit: 'maxPreview', waitingFor, then: 'pause' } : { kind: 'held', waitingFor };
}

function judgeBake(
  stage: SwitchPlan,
  at: Place,
  seen: Seen,
  [blue, green]: readonly [string, string],
  now: string,
): StepJudgement {
  const elapsedMs = elapsed(at.startedAt, now);
  const marked = seen.verdicts.filter(({ stage: own, must, ofPairs }) => own === at.stage && must && !ofPairs);
  const waitingFor = [
    ...timeMissing(elapsedMs, stage.bakeMs),
    ...instancesMissing(seen),
    ...routersMissing(seen),
    ...evidenceMissing(seen),
    ...marked.filter(({ accepted }) => !accepted).map(({ sentence }) => sentence),
    ...ratioMissing(seen),
  ];
  if (waitingFor.length > 0) return { kind: 'held', waitingFor };
  const sentences = seen.verdicts.filter(({ stage: own, ofPairs }) => own === at.stage && !ofPairs);
  const counted = `${green} has had the traffic of ${blue} for ${seconds(elapsedMs)}`;
  return passed('time', [`${counted}.`, ...sentences.map(({ sentence }) => sentence)].join(' '));
}

function instancesMissing({ green }: Seen): string[] {
  if (!green) return ['instances: not all have been asked yet'];
  return green.map((said) => `instances: ${said}`);
}

function comparisonMissing({ mirror }: SwitchPlan, green: string, seen: Seen, own: readonly Verdict[]): string[] {
  if (!mirror) return [];
  return [
    ...pairsMissing(mirror, green, seen.pairs[green]),
    ...own.filter(({ must, accepted }) => must && !accepted).map(({ sentence }) => sentence),
  ];
}

function approvalMissing({ approve }: SwitchPlan, at: Place, green: string): string[] {
  return approve && !at.green?.approved ? [`a person: approve the switch to ${green}, or reject it`] : [];
}

function previewReason(
  { mirror }: SwitchPlan,
  { green: told }: Place,
  { pairs }: Seen,
  green: string,
  own: readonly Verdict[],
  elapsedMs: number,
): string {
  const compared = mirror ? [`${pairs[green]?.compared ?? 0} answers were compared`] : [];
  const approved = told?.approved ? [`approved: ${told.approved}`] : [];
  const facts = [`${green} was ready for ${seconds(elapsedMs)}`, ...compared, ...approved];
  return [`${facts.join('; ')}.`, ...own.map(({ sentence }) => sentence)].join(' ');
}

function passed(by: 'time' | 'evidence', reason: string): StepJudgement {
  return { kind: 'passed', by, reason };
}

function straight(reason: string): StepJudgement {
  return { kind: 'straight', reason };
}
