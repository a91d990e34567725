// What a bandit has come to: arms that a guardrail has closed, a decision, or what it waits for. See docs/guides/bandit.md.
import { type BanditDecision } from '@weir/contracts';
import { allocationView, type Allocated } from './allocated';
import { type OutArm } from './decision';
import { elapsed, evidenceMissing, seconds, type StepJudgement } from './judge-step';
import { type LearnPlan } from './plan';
import { type Place } from './rollout';
import { type Seen, type Verdict } from './verdict';

/** What is asked of a stage at one look. */
interface Case {
  readonly stage: LearnPlan;
  readonly at: Place;
  readonly seen: Seen;
  readonly baseline: string;
  /** Candidates that are in. */
  readonly left: readonly string[];
  readonly now: string;
}

/**
 * In this order: what has breached is closed, and with the last candidate the rollout goes back; the stop rule, when little is left to be gained and the leader is told
 * apart; at the maximum duration the leader, where enough is known of it. A sample ratio that is off, or evidence that has not come whole, withholds the end.
 * @param arms baseline, then the candidates that are in.
 */
export function judgeBandit(
  stage: LearnPlan,
  at: Place,
  seen: Seen,
  [baseline = '', ...left]: readonly string[],
  now: string,
): StepJudgement {
  const asked: Case = { stage, at, seen, baseline, left, now };
  const out = closedBy(asked);
  if (out.length > 0) {
    const reason = out.map((each) => each.reason).join(' ');
    const by = breachesOf(asked)[0]?.name;
    if (out.length < left.length) return { kind: 'out', out, reason, by };
    return { kind: 'decided', decision: decisionOf(asked, 'harm', null, reason), out, by, then: 'go-back' };
  }
  const decided = at.decisions?.find((each) => each.stage === at.stage);
  if (decided) return { kind: 'held', waitingFor: [`a person: ${wordsFor(decided.winner)}`] };
  return conclude(asked);
}

/** Breaches of guardrails, those of earlier stages too; a query tells of no arm in particular. */
function closedBy(asked: Case): OutArm[] {
  return asked.left.flatMap((version): OutArm[] => {
    const breach = breachesOf(asked).find(({ candidate, query }) => candidate === version || query !== undefined);
    return breach ? [{ version, at: asked.now, reason: breach.sentence }] : [];
  });
}

function breachesOf({ seen, left }: Case): Verdict[] {
  return seen.verdicts.filter(
    ({ breached, ofPairs, candidate, query }) =>
      breached && !ofPairs && (left.includes(candidate) || query !== undefined),
  );
}

function conclude(asked: Case): StepJudgement {
  const { stage, at, seen, now } = asked;
  const allocation = ofPresentArms(asked);
  const ratio = seen.sampleRatio.verdict === 'fail' ? [seen.sampleRatio.sentence] : [];
  const passes = allocation ? passesMissing(asked, allocation.leader) : [];
  const withheld = [...evidenceMissing(seen), ...ratio, ...passes];
  if (allocation?.stop && withheld.length === 0) return end(asked, allocation, 'the stop rule holds');
  const spent = elapsed(at.maxStepFrom, now);
  if (spent < stage.maxDurationMs) {
    const time = `time: ${seconds(spent)} of ${seconds(stage.maxDurationMs)}`;
    return { kind: 'held', waitingFor: [...withheld, allocation?.sentence ?? 'the first allocation', time] };
  }
  // what Weir itself has lost comes, or a person decides
  if (seen.torn) return { kind: 'held', waitingFor: withheld };
  return atTheEnd(asked, allocation, [...ratio, ...passes]);
}

/** One from before an arm was closed speaks of other arms. */
function ofPresentArms({ at, baseline, left }: Case): Allocated | undefined {
  const { allocation } = at;
  const known = allocation && Object.keys(allocation.probabilityBest).sort().join(' ');
  return known === [baseline, ...left].sort().join(' ') ? allocation : undefined;
}

/** Guardrails of the stage marked `must: pass`, of the arm that would win. */
function passesMissing({ seen, at }: Case, leader: string): string[] {
  return seen.verdicts
    .filter(
      ({ stage, candidate, must, query }) =>
        stage === at.stage && must && (candidate === leader || query !== undefined),
    )
    .filter(({ accepted }) => !accepted)
    .map(({ sentence }) => sentence);
}

/** By its time the best that is known wins, said with what is known of it: choosing claims nothing. */
function atTheEnd(asked: Case, allocation: Allocated | undefined, missing: readonly string[]): StepJudgement {
  const { minOutcomes, maxDurationMs } = asked.stage;
  const over = `the maximum duration of ${seconds(maxDurationMs)} is over`;
  const counted = allocation ? (allocation.effectiveSamples[allocation.leader] ?? 0) : 0;
  const few = counted < minOutcomes ? [`outcomes: ${Math.floor(counted)} of ${minOutcomes} on the leading arm`] : [];
  const waited = [...missing, ...few];
  if (allocation && waited.length === 0) return end(asked, allocation, over);
  const why = `${over}; waited for ${waited.join('; ')}`;
  return decided(asked, decisionOf(asked, 'inconclusive', null, why));
}

function end(asked: Case, { leader, probabilityBest }: Allocated, why: string): StepJudgement {
  const best = `${leader} is the best arm with a probability of ${Number((probabilityBest[leader] ?? 0).toFixed(4))}`;
  const isCandidate = asked.left.includes(leader);
  const kind = isCandidate ? 'winner' : 'baseline';
  return decided(asked, decisionOf(asked, kind, isCandidate ? leader : null, `${why}, and ${best}`));
}

function decided({ stage }: Case, decision: BanditDecision): StepJudgement {
  return { kind: 'decided', out: [], by: undefined, then: stage.decide === 'manual' ? 'ask' : 'go-on', decision };
}

function decisionOf(
  { at, now }: Case,
  kind: BanditDecision['kind'],
  winner: string | null,
  why: string,
): BanditDecision {
  const known = at.allocation ? allocationView(at.allocation) : null;
  const after = `after ${seconds(elapsed(at.startedAt, now))}`;
  const reason = [`${kind} ${after}: ${why.replace(/\.$/, '')}.`, ...(known ? [known.sentence] : [])].join(' ');
  return { stage: at.stage, kind, winner, at: now, reason, allocation: known };
}

function wordsFor(winner: string | null): string {
  return winner === null
    ? 'the bandit has ended without a winner; promote a version, or abort'
    : `${winner} has won; promote it, or abort`;
}
