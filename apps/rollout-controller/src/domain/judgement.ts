// What the evidence of one attempt of a rollout amounts to, window by window; the same from the stored rows at any time.
import { type Evidence, type Metric } from '@weir/contracts';
import {
  foldSampleRatio,
  foldWindow as foldGuardrail,
  judgeGuardrail,
  judgeSampleRatio,
  openGuardrail,
  openSampleRatio,
  type GuardrailState,
  type GuardrailVerdict,
  type SampleRatioPlan,
  type SampleRatioState,
  type SampleRatioVerdict,
} from '@weir/stats';
import { planGuardrails, type PlannedGuardrail } from './guardrail-plans';
import { armsOf, type Place, type Rollout } from './rollout';
import { foldUnits, noStepUnits, unitsAt, type StepUnits } from './step-units';
import { type Seen, type Verdict } from './verdict';

/** All final rows of one window of an attempt. */
export interface WholeWindow {
  readonly index: number;
  /** ISO instant of its end. */
  readonly to: string;
  readonly rows: readonly Evidence[];
}

/** Plain JSON. The plans are those of the beginning: a model that changes meanwhile does not change what is tested. */
export interface Judgement {
  readonly attempt: number;
  /** The last window folded in; null before the first. */
  readonly through: { readonly index: number; readonly to: string } | null;
  readonly guardrails: readonly JudgedGuardrail[];
  readonly sampleRatio: { readonly plan: SampleRatioPlan; readonly state: SampleRatioState };
  readonly units: StepUnits;
}

interface JudgedGuardrail extends PlannedGuardrail {
  readonly state: GuardrailState;
}

/** A verdict with the numbers that it was made of. */
export interface FullVerdict extends Verdict, Omit<GuardrailVerdict, 'metric' | 'status'> {
  readonly alpha: number;
}

export interface FullSeen extends Omit<Seen, 'applied' | 'torn'> {
  readonly verdicts: readonly FullVerdict[];
  readonly sampleRatio: Seen['sampleRatio'] & Omit<SampleRatioVerdict, 'status'>;
}

export function openJudgement(
  rollout: Pick<Rollout, 'spec' | 'baseline' | 'state'>,
  metrics: Readonly<Record<string, Metric>>,
): Judgement {
  const { spec, baseline, state } = rollout;
  const plan = { arms: armsOf(rollout) };
  const guardrails = planGuardrails(spec, baseline, metrics).map((planned) => ({
    ...planned,
    state: openGuardrail(planned.plan),
  }));
  const sampleRatio = { plan, state: openSampleRatio(plan) };
  return { attempt: state.attempt, through: null, guardrails, sampleRatio, units: noStepUnits };
}

/** Windows come whole and in ascending order; one that has been folded in changes nothing when it comes again. */
export function foldWindow(judgement: Judgement, { index, to, rows }: WholeWindow): Judgement {
  if (judgement.through && index <= judgement.through.index) return judgement;
  const { plan, state } = judgement.sampleRatio;
  return {
    ...judgement,
    through: { index, to },
    guardrails: judgement.guardrails.map((guardrail) => ({
      ...guardrail,
      state: foldGuardrail(guardrail.state, guardrail.plan, rows),
    })),
    sampleRatio: { plan, state: foldSampleRatio(state, plan, rows) },
    units: foldUnits(judgement.units, rows),
  };
}

/** What is known at a place: the guardrails of the stages so far. */
export function seeAt(judgement: Judgement, at: Pick<Place, 'stage' | 'step'>, spec: Rollout['spec']): FullSeen {
  const begun = judgement.guardrails.filter(({ stage }) => stage <= at.stage);
  const { status, ...ratio } = judgeSampleRatio(judgement.sampleRatio.state, judgement.sampleRatio.plan);
  return {
    verdicts: begun.map((guardrail) => judge(guardrail, at, spec)),
    sampleRatio: { ...ratio, verdict: status },
    units: unitsAt(judgement.units, at),
    pairs: {},
  };
}

function judge(
  { stage, name, plan, state }: JudgedGuardrail,
  at: Pick<Place, 'stage' | 'step'>,
  spec: Rollout['spec'],
): FullVerdict {
  const kind = spec.stages[stage];
  const steps = kind?.kind === 'canary' ? kind.steps.length : 1;
  const step = stage < at.stage ? steps : at.step + 1;
  const { metric: _, status, ...numbers } = judgeGuardrail(state, plan, { step, steps });
  return { ...numbers, stage, name, verdict: status, must: plan.mustPass, alpha: plan.alpha };
}
