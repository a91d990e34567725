// Whether the step a rollout stands at has been passed, by the rules of docs/statistics.md, "Guardrails".
import { type Decision, type OutArm } from './decision';
import { leastMsOf, type ShiftPlan } from './plan';
import { type Place } from './rollout';
import { tornText } from './torn-window';
import { type Seen, type Verdict } from './verdict';

export type StepJudgement =
  | { readonly kind: 'breached'; readonly by: Verdict; readonly reason: string }
  | { readonly kind: 'passed'; readonly by: 'time' | 'evidence'; readonly reason: string }
  /** Of blue-green: an earlier step again. */
  | { readonly kind: 'back-to'; readonly step: number; readonly reason: string }
  /** Of blue-green: a person has said so, and nothing is in the way any more: it is complete. */
  | { readonly kind: 'straight'; readonly reason: string }
  /** Not yet; `waitingFor` says why in words, and is never empty. */
  | { readonly kind: 'held'; readonly waitingFor: readonly string[] }
  /** Of an experiment: these candidates get nothing any more, and others go on. `by`: the guardrail, where one has breached. */
  | { readonly kind: 'out'; readonly out: readonly OutArm[]; readonly reason: string; readonly by: string | undefined }
  /** Of an experiment. `out`: those that it has found worse. */
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      readonly out: readonly OutArm[];
      readonly by: string | undefined;
      readonly then: 'go-on' | 'go-back' | 'ask';
    }
  /** As held, and its time is over. */
  | {
      readonly kind: 'overdue';
      /** Which of the stage's times it is. */
      readonly limit: 'maxStep' | 'duration' | 'maxDuration' | 'deadline' | 'maxPreview';
      readonly waitingFor: readonly string[];
      /** What the stage's `onInconclusive` asks for; the sample ratio alone is never a reason to go back, nor is evidence that Weir lost. */
      readonly then: 'pause' | 'fail';
    };

/** @param arms baseline and candidate: both need `minUnits`. */
export function judgeStep(
  stage: ShiftPlan,
  at: Place,
  seen: Seen,
  arms: readonly string[],
  now: string,
): StepJudgement {
  const breach = seen.verdicts.find(({ breached, ofPairs }) => breached && !ofPairs);
  if (breach) return { kind: 'breached', by: breach, reason: breach.sentence };
  const step = stage.steps[at.step];
  const leastMs = step ? leastMsOf(step, stage) : null;
  if (leastMs === null) return { kind: 'held', waitingFor: ['a person: the step is held by hand'] };
  const elapsedMs = elapsed(at.startedAt, now);
  const unanswered = [...unitsMissing(stage, seen, arms), ...passesMissing(stage, at, seen)];
  const waitingFor = [
    ...timeMissing(elapsedMs, leastMs),
    ...routersMissing(seen),
    ...evidenceMissing(seen),
    ...unanswered,
    ...ratioMissing(seen),
  ];
  if (waitingFor.length === 0)
    return { kind: 'passed', by: stage.advance, reason: passReason(stage, at, seen, arms, elapsedMs) };
  if (elapsed(at.maxStepFrom, now) < Math.max(stage.maxStepMs, leastMs)) return { kind: 'held', waitingFor };
  const isCandidates = unanswered.length > 0 && !seen.torn;
  return { kind: 'overdue', limit: 'maxStep', waitingFor, then: isCandidates ? stage.onInconclusive : 'pause' };
}

export function timeMissing(elapsedMs: number, leastMs: number): string[] {
  return elapsedMs < leastMs ? [`time: ${seconds(elapsedMs)} of ${seconds(leastMs)}`] : [];
}

export function routersMissing({ applied }: Seen): string[] {
  return applied ? [] : ['routers: not all of them serve by the weights of this step yet'];
}

/** Those before it say too little: the step would go on by what has not been seen. */
export function evidenceMissing({ torn }: Seen): string[] {
  return torn ? [tornText(torn)] : [];
}

function unitsMissing({ minUnits }: ShiftPlan, { units }: Seen, arms: readonly string[]): string[] {
  return arms
    .filter((arm) => (units[arm] ?? 0) < minUnits)
    .map((arm) => `units: ${units[arm] ?? 0} of ${minUnits} on ${arm}`);
}

/** Each guardrail of the stage marked `must: pass`; with advance: evidence all, where none is marked. */
function passesMissing({ advance }: ShiftPlan, at: Place, { verdicts }: Seen): string[] {
  const own = verdicts.filter(({ stage }) => stage === at.stage);
  const marked = own.filter(({ must }) => must);
  const asked = marked.length > 0 || advance === 'time' ? marked : own;
  if (asked.length === 0 && advance === 'evidence') return ['evidence: no guardrail has been judged'];
  return asked.filter(({ accepted }) => !accepted).map(({ sentence }) => sentence);
}

export function ratioMissing({ sampleRatio }: Seen): string[] {
  return sampleRatio.verdict === 'fail' ? [sampleRatio.sentence] : [];
}

function passReason(stage: ShiftPlan, at: Place, seen: Seen, arms: readonly string[], elapsedMs: number): string {
  const counted = arms.map((arm) => `${seen.units[arm] ?? 0} units on ${arm}`).join(', ');
  const sentences = seen.verdicts.filter((each) => each.stage === at.stage).map(({ sentence }) => sentence);
  const place = `step ${at.step + 1} of ${stage.steps.length} passed after ${seconds(elapsedMs)} with ${counted}`;
  return [`${place}.`, ...sentences].join(' ');
}

export function elapsed(from: string, now: string): number {
  return Math.max(0, Date.parse(now) - Date.parse(from));
}

export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
