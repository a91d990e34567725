// What an experiment has come to: arms that are out, a decision, or what it waits for. See docs/guides/ab.md.
import { type ExperimentDecision as Decision } from '@weir/contracts';
import { elapsed, evidenceMissing, seconds, type StepJudgement } from './judge-step';
import { type OutArm } from './decision';
import { type ExperimentStagePlan } from './plan';
import { type Place } from './rollout';
import { type ExperimentSeen, type Seen, type Verdict } from './verdict';

type Comparison = ExperimentSeen['comparisons'][number];

/** What is asked of a stage at one look. */
interface Case {
  readonly stage: ExperimentStagePlan;
  readonly at: Place;
  readonly seen: Seen;
  readonly experiment: ExperimentSeen;
  /** Candidates that are in. */
  readonly left: readonly string[];
  readonly isOver: boolean;
  readonly now: string;
}

/**
 * In this order: what is worse goes out, and with the last of them the rollout goes back; a winner; no difference; at the maximum duration whatever is shown by
 * then, else inconclusive. A sample ratio that is off withholds all that is concluded from metrics, and no breach of a guardrail.
 * @param candidates those that are not out.
 */
export function judgeExperiment(
  stage: ExperimentStagePlan,
  at: Place,
  seen: Seen,
  candidates: readonly string[],
  now: string,
): StepJudgement {
  const { experiment } = seen;
  if (!experiment) return { kind: 'held', waitingFor: ['evidence: nothing has been judged'] };
  const isOver = elapsed(at.maxStepFrom, now) >= stage.maxDurationMs;
  const asked: Case = { stage, at, seen, experiment, left: candidates, isOver, now };
  const out = outOf(asked);
  if (out.length > 0) {
    const reason = out.map((each) => each.reason).join(' ');
    const by = breachesOf(asked)[0]?.name;
    if (out.length < candidates.length) return { kind: 'out', out, reason, by };
    return { kind: 'decided', decision: decisionOf(asked, 'harm', null, reason), out, by, then: 'go-back' };
  }
  const decided = at.decisions?.find((each) => each.stage === at.stage);
  if (decided) return { kind: 'held', waitingFor: [`a person: ${wordsFor(decided)}`] };
  return conclude(asked);
}

/** Breaches of guardrails, those of earlier stages too, and arms shown to be worse by the minimum effect. */
function outOf(asked: Case): OutArm[] {
  const { left, experiment, now } = asked;
  return left.flatMap((version): OutArm[] => {
    const breach = breachesOf(asked).find(({ candidate, query }) => candidate === version || query !== undefined);
    if (breach) return [{ version, at: now, reason: breach.sentence }];
    const harm = experiment.comparisons.find(({ candidate, harmful }) => candidate === version && harmful);
    return harm && !isRatioOff(asked) ? [{ version, at: now, reason: harm.sentence }] : [];
  });
}

function breachesOf({ seen, left }: Case): Verdict[] {
  return seen.verdicts.filter(
    ({ breached, ofPairs, candidate, query }) =>
      breached && !ofPairs && (left.includes(candidate) || query !== undefined),
  );
}

function isRatioOff({ experiment }: Case): boolean {
  return experiment.sampleRatio.broken !== null;
}

function conclude(asked: Case): StepJudgement {
  const { stage, at, isOver, now } = asked;
  const own = decidingOf(asked);
  const better = own.filter(({ shown }) => shown === 'better').sort((a, b) => gainOf(b) - gainOf(a));
  const withheld = [...evidenceMissing(asked.seen), ...ratioMissing(asked)];
  const [leader] = better;
  const missing = leader ? [...rivalsOf(asked, leader), ...passesMissing(asked, leader)] : [];
  const decide = (kind: Decision['kind'], winner: string | null, why: string): StepJudgement => ({
    ...{ kind: 'decided', out: [], by: undefined, then: thenOf(stage, kind) },
    decision: decisionOf(asked, kind, winner, why),
  });
  if (leader && withheld.length + missing.length === 0)
    return decide('winner', leader.candidate, `${leader.candidate} is shown to be better in ${stage.metric}`);
  if (withheld.length === 0 && own.length > 0 && own.every(({ equivalent }) => equivalent))
    return decide('no-difference', null, `no arm differs by the minimum effect in ${stage.metric}`);
  const time = `time: ${seconds(elapsed(at.maxStepFrom, now))} of ${seconds(stage.maxDurationMs)}`;
  if (!isOver) return { kind: 'held', waitingFor: [...withheld, ...missing, ...undecided(own), time] };
  // what Weir itself has lost comes, or a person decides
  if (asked.seen.torn) return { kind: 'held', waitingFor: withheld };
  return atTheEnd(asked, own, leader, [...withheld, ...missing], decide);
}

function atTheEnd(
  asked: Case,
  own: readonly Comparison[],
  leader: Comparison | undefined,
  missing: readonly string[],
  decide: (kind: Decision['kind'], winner: string | null, why: string) => StepJudgement,
): StepJudgement {
  const over = `the maximum duration of ${seconds(asked.stage.maxDurationMs)} is over`;
  const trusted = !isRatioOff(asked);
  if (leader && trusted && passesMissing(asked, leader).length === 0)
    return decide('winner', leader.candidate, `${over}, and ${leader.candidate} is shown to be better`);
  if (trusted && own.length > 0 && own.every(({ shown }) => shown === 'worse'))
    return decide('harm', null, `${over}, and no arm is as good as the baseline`);
  const waited = missing.length > 0 ? `; waited for ${missing.join('; ')}` : '';
  return decide('inconclusive', null, `${over}${waited}`);
}

/** In the metric that decides, of candidates that are in. */
function decidingOf({ stage, experiment, left }: Case): Comparison[] {
  return experiment.comparisons.filter(({ metric, candidate }) => metric === stage.metric && left.includes(candidate));
}

function gainOf({ effect, direction }: Comparison): number {
  return (direction === 'up' ? 1 : -1) * (effect ?? 0);
}

/** Choosing the leader must not cost the minimum effect. */
function rivalsOf({ experiment, left, stage }: Case, leader: Comparison): string[] {
  return left
    .filter((version) => version !== leader.candidate && experiment.mayStillLead(leader.candidate, version))
    .map((version) => `evidence: ${version} may yet be better than ${leader.candidate} in ${stage.metric}`);
}

/** Guardrails of the stage marked `must: pass`, of the arm that would win. */
function passesMissing({ seen, at }: Case, leader: Comparison): string[] {
  return seen.verdicts
    .filter(
      ({ stage, candidate, must, query }) =>
        stage === at.stage && must && (candidate === leader.candidate || query !== undefined),
    )
    .filter(({ accepted }) => !accepted)
    .map(({ sentence }) => sentence);
}

function ratioMissing(asked: Case): string[] {
  const { sentence, assigned } = asked.experiment.sampleRatio;
  if (isRatioOff(asked)) return [sentence];
  // units are looked at when the slowest arm has been told of
  return assigned.verdict === 'inconclusive' ? ['sample ratio: no unit can be counted yet'] : [];
}

function undecided(own: readonly Comparison[]): string[] {
  return own.filter(({ shown, equivalent }) => shown === null && !equivalent).map(({ sentence }) => sentence);
}

/** A person promotes what has won, or ends what has not; harm waits for nobody. */
function thenOf({ decide }: ExperimentStagePlan, kind: Decision['kind']): 'go-on' | 'go-back' | 'ask' {
  if (kind === 'harm') return 'go-back';
  return decide === 'manual' ? 'ask' : 'go-on';
}

function wordsFor({ kind, winner }: { readonly kind: string; readonly winner: string | null }): string {
  if (winner !== null) return `${winner} has won; promote it, or abort`;
  return `the experiment has ended with ${kind}; promote a version, or abort`;
}

function decisionOf(asked: Case, kind: Decision['kind'], winner: string | null, why: string): Decision {
  const { at, experiment, left, now } = asked;
  const { comparisons, sampleRatio } = experiment;
  const sentences = decidingOf({ ...asked, left: winner === null ? left : [winner] }).map(({ sentence }) => sentence);
  const after = `after ${seconds(elapsed(at.startedAt, now))}`;
  const said = kind === 'harm' && sentences.some((sentence) => why.includes(sentence)) ? [] : sentences;
  const reason = [`${kind} ${after}: ${why.replace(/\.$/, '')}.`, ...said, sampleRatio.sentence].join(' ');
  return { stage: at.stage, kind, winner, at: now, reason, comparisons, sampleRatio };
}
