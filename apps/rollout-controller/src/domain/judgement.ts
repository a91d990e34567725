// What the evidence of one attempt of a rollout amounts to, window by window; the same from the stored rows at any time.
import { type Evidence } from '@weir/contracts';
import {
  foldLimit,
  foldSampleRatio,
  foldWindow as foldGuardrail,
  judgeGuardrail,
  judgeLimit,
  judgeSampleRatio,
  openGuardrail,
  openLimit,
  openSampleRatio,
  type GuardrailState,
  type GuardrailVerdict,
  type LimitState,
  type SampleRatioPlan,
  type SampleRatioState,
  type SampleRatioVerdict,
} from '@weir/stats';
import { foldBandits, openBandits, type BanditTotals } from './bandit-totals';
import { foldComparison, openComparison, type Comparison } from './comparison';
import { planComparisons } from './comparison-plans';
import { pairsOf } from './comparison-report';
import { judgeComparisons } from './comparison-verdicts';
import { planExperiments, type Declared } from './experiment-plans';
import { foldExperiments, openExperiments, seeExperiment, type JudgedExperiment } from './experiments';
import { alphaPerGuardrail, planGuardrails, type PlannedGuardrail } from './guardrail-plans';
import { bakeStep } from './green';
import { mirroredIn } from './mirrored';
import { armsOf, type Place, type Rollout } from './rollout';
import { foldUnits, noStepUnits, unitsAt, type StepUnits } from './step-units';
import { type Seen, type Verdict } from './verdict';
import { type WholeWindow } from './whole-windows';

/** Plain JSON. The plans are those of the beginning: a model that changes meanwhile does not change what is tested. */
export interface Judgement {
  readonly attempt: number;
  /** The last window folded in; null before the first. */
  readonly through: { readonly index: number; readonly to: string } | null;
  readonly guardrails: readonly JudgedGuardrail[];
  readonly sampleRatio: { readonly plan: SampleRatioPlan; readonly state: SampleRatioState };
  readonly units: StepUnits;
  /** Of pairs, whose windows are the comparator's; absent without a shadow stage. */
  readonly comparison?: Comparison;
  /** Of the ab stages; absent without one. */
  readonly experiments?: readonly JudgedExperiment[];
  /** Of the bandit stages; absent without one. */
  readonly bandits?: readonly BanditTotals[];
}

interface JudgedGuardrail extends PlannedGuardrail {
  /** Of a shadow stage: it is judged by the comparator's windows. */
  readonly ofPairs?: boolean;
  /** Of a blue-green whose bake has a control: only in the bake do both versions have traffic. */
  readonly step?: number;
  /** Of a blue-green whose bake has none: green is held to a limit drawn from blue before. `state` stays as it was opened. */
  readonly limit?: LimitState;
  readonly state: GuardrailState;
}

/** A verdict with the numbers that it was made of. */
export interface FullVerdict extends Verdict, Omit<GuardrailVerdict, 'metric' | 'status'> {
  /** null: a threshold has none. */
  readonly alpha: number | null;
}

export interface FullSeen extends Omit<Seen, 'applied' | 'torn'> {
  readonly verdicts: readonly FullVerdict[];
  readonly sampleRatio: Seen['sampleRatio'] & Omit<SampleRatioVerdict, 'status'>;
}

export function openJudgement(
  rollout: Pick<Rollout, 'spec' | 'baseline' | 'state'>,
  { timeoutMs, ...declared }: Declared & { readonly timeoutMs?: number },
): Judgement {
  const { spec, baseline, state } = rollout;
  const settleSeconds = settleSecondsOf(timeoutMs);
  const plan = { arms: armsOf(rollout), settleSeconds };
  const guardrails = planGuardrails(spec, baseline, declared).map((planned) => ({
    ...planned,
    ...judgedBy(spec.stages[planned.stage]),
    state: openGuardrail(planned.plan),
  }));
  const sampleRatio = { plan, state: openSampleRatio(plan) };
  const comparisons = planComparisons(spec, declared.metrics, alphaPerGuardrail(spec) ?? 0);
  const bandits = openBandits(spec, baseline, declared.metrics);
  const experiments = planExperiments(spec, baseline, declared, settleSeconds);
  return {
    ...{ attempt: state.attempt, through: null, guardrails, sampleRatio, units: noStepUnits },
    ...(comparisons.length > 0 && { comparison: openComparison(baseline, comparisons) }),
    ...(experiments.length > 0 && { experiments: openExperiments(experiments) }),
    ...(bandits.length > 0 && { bandits }),
  };
}

function judgedBy(
  stage: Rollout['spec']['stages'][number] | undefined,
): Pick<JudgedGuardrail, 'ofPairs' | 'step' | 'limit'> {
  if (stage?.kind === 'shadow') return { ofPairs: true };
  if (stage?.kind !== 'blueGreen') return {};
  return stage.controlBps === undefined ? { limit: openLimit } : { step: bakeStep };
}

/** Nobody answers after the model's timeout; two seconds more for the way here. A minute is the most that a ratio is kept waiting. */
function settleSecondsOf(timeoutMs = 2_000): number {
  return Math.ceil(Math.min(timeoutMs, 60_000) / 1_000) + 2;
}

/** Windows come whole and in ascending order; one that has been folded in changes nothing when it comes again. */
export function foldWindow(judgement: Judgement, window: WholeWindow): Judgement {
  const { index, to, rows } = window;
  if (judgement.through && index <= judgement.through.index) return judgement;
  const { plan, state } = judgement.sampleRatio;
  return {
    ...judgement,
    through: { index, to },
    guardrails: judgement.guardrails.map((guardrail) => (guardrail.ofPairs ? guardrail : fold(guardrail, rows))),
    sampleRatio: { plan, state: foldSampleRatio(state, plan, rows) },
    units: foldUnits(judgement.units, rows),
    ...(judgement.experiments && { experiments: foldExperiments(judgement.experiments, window) }),
    ...(judgement.bandits && { bandits: foldBandits(judgement.bandits, window) }),
  };
}

/** The same of a window of the comparator. */
export function foldPairs(judgement: Judgement, window: WholeWindow): Judgement {
  const { comparison } = judgement;
  if (!comparison || (comparison.through && window.index <= comparison.through.index)) return judgement;
  const rows = window.rows.map(evenly);
  return {
    ...judgement,
    comparison: foldComparison(comparison, window),
    guardrails: judgement.guardrails.map((guardrail) =>
      guardrail.ofPairs ? fold(guardrail, rows.filter(isOf(guardrail))) : guardrail,
    ),
  };
}

function fold(guardrail: JudgedGuardrail, rows: readonly Evidence[]): JudgedGuardrail {
  const { state, plan, step, limit } = guardrail;
  if (limit) return { ...guardrail, limit: foldLimit(limit, plan, rows) };
  const own = step === undefined ? rows : rows.filter((row) => row.step === step);
  return { ...guardrail, state: foldGuardrail(state, plan, own) };
}

/** Both versions have met the same requests: as if each had had half of them. */
function evenly(row: Evidence): Evidence {
  return { ...row, weights: Object.fromEntries(Object.keys(row.weights).map((version) => [version, 5_000])) };
}

/** Rows about stable are of one pair, as those about the candidate are. */
function isOf({ plan }: JudgedGuardrail) {
  return ({ weights }: Evidence): boolean => Object.hasOwn(weights, plan.candidate);
}

/** What is known at a place: the guardrails of the stages so far. */
export function seeAt(judgement: Judgement, at: Pick<Place, 'stage' | 'step'>, spec: Rollout['spec']): FullSeen {
  const { comparison } = judgement;
  const experiment = judgement.experiments?.find(({ plan }) => plan.stage === at.stage);
  const begun = judgement.guardrails.filter(({ stage }) => stage <= at.stage);
  const { status, ...ratio } = judgeSampleRatio(judgement.sampleRatio.state, judgement.sampleRatio.plan);
  return {
    verdicts: [
      ...(comparison ? judgeComparisons(comparison, at.stage) : []),
      ...begun.map((guardrail) => judge(guardrail, at, spec)),
    ],
    sampleRatio: { ...ratio, verdict: status },
    units: unitsAt(judgement.units, at),
    pairs: comparison ? pairsAt(comparison, at.stage, spec) : {},
    experiment: experiment && seeExperiment(experiment),
  };
}

function pairsAt(comparison: Comparison, stage: number, spec: Rollout['spec']): Seen['pairs'] {
  if (!mirroredIn(spec.stages[stage])) return {};
  return Object.fromEntries(spec.candidates.map((candidate) => [candidate, pairsOf(comparison, { stage, candidate })]));
}

function judge(
  { stage, name, plan, state, limit, ofPairs }: JudgedGuardrail,
  at: Pick<Place, 'stage' | 'step'>,
  spec: Rollout['spec'],
): FullVerdict {
  const kind = spec.stages[stage];
  const steps = kind?.kind === 'canary' ? kind.steps.length : 1;
  const step = stage < at.stage ? steps : Math.min(at.step + 1, steps);
  const {
    metric: _,
    status,
    ...numbers
  } = limit ? judgeLimit(limit, plan) : judgeGuardrail(state, plan, { step, steps });
  return {
    ...numbers,
    stage,
    name,
    verdict: status,
    must: plan.mustPass,
    alpha: plan.alpha,
    ...(ofPairs && { ofPairs }),
  };
}
