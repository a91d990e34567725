// What evidence amounts to for a rollout, and what its step waits for, as the outside sees it.
import { type EvidenceView, type RolloutView } from '@weir/contracts';
import { alphaPerGuardrail } from './domain/guardrail-plans';
import { judgeStep } from './domain/judge-step';
import { openJudgement, seeAt, type FullSeen, type Judgement } from './domain/judgement';
import { planOf } from './domain/plan';
import { armsOf, placeOf, serves, type Rollout } from './domain/rollout';
import { type Seen } from './domain/verdict';
import { type Store } from './ports';

type Readable = Pick<Store['read'], 'models' | 'judgements' | 'evidence'>;
type Part = Pick<
  RolloutView,
  'verdicts' | 'sampleRatio' | 'units' | 'waitingFor' | 'tornWindow' | 'pauses' | 'alpha' | 'stepStartedAt'
>;

export async function describeEvidence(
  read: Readable,
  rollout: Rollout,
  { now, applied }: { readonly now: string; readonly applied: boolean },
): Promise<Part> {
  const { spec, state } = rollout;
  const judgement = await judgementOf(read, rollout);
  const seen = seenOf(rollout, judgement);
  const torn = await tornIn(read, rollout, judgement);
  return {
    verdicts: viewsOf(seen),
    sampleRatio: sampleRatioOf(seen),
    units: seen.units,
    waitingFor: waitingFor(rollout, { ...seen, applied, torn }, now),
    tornWindow: torn ?? null,
    pauses: state.phase === 'paused' ? [...state.pauses] : [],
    alpha: { total: spec.alpha, perGuardrail: alphaPerGuardrail(spec) },
    stepStartedAt: 'at' in state && state.at ? state.at.startedAt : null,
  };
}

/** The verdicts beside the rows that they are made of. */
export async function evidenceOf(read: Readable, rollout: Rollout): Promise<EvidenceView> {
  const judgement = await judgementOf(read, rollout);
  const seen = seenOf(rollout, judgement);
  const evidence = await read.evidence.ofRollout(rollout.id, 1_000);
  const tornWindow = (await tornIn(read, rollout, judgement)) ?? null;
  return {
    evidence,
    verdicts: viewsOf(seen),
    sampleRatio: sampleRatioOf(seen),
    through: judgement.through,
    tornWindow,
  };
}

/** As it was kept; before the first look, as it would be opened now. */
async function judgementOf(read: Readable, rollout: Rollout): Promise<Judgement> {
  const kept = await read.judgements.find(rollout.id, rollout.state.attempt);
  if (kept) return kept;
  const model = await read.models.find(rollout.model);
  return openJudgement(rollout, model?.manifest.metrics ?? {});
}

/** Of a rollout that serves: the others wait for nothing. */
async function tornIn({ evidence }: Readable, { id, state }: Rollout, { through }: Judgement) {
  return serves(state) ? evidence.tornAfter(id, state.attempt, through?.index ?? -1) : undefined;
}

function seenOf({ spec, state }: Rollout, judgement: Judgement): FullSeen {
  return seeAt(judgement, placeOf(state), spec);
}

function viewsOf({ verdicts }: FullSeen): RolloutView['verdicts'] {
  return verdicts.map(({ interval, baseline, candidateCounts, ...rest }) => ({
    ...rest,
    interval: interval && [...interval],
    baseline: { ...baseline },
    candidateCounts: { ...candidateCounts },
  }));
}

function sampleRatioOf({ sampleRatio }: FullSeen): RolloutView['sampleRatio'] {
  return { ...sampleRatio, units: { ...sampleRatio.units } };
}

function waitingFor(rollout: Rollout, seen: Seen, now: string): string[] {
  const { state, spec } = rollout;
  if (state.phase === 'paused') return state.pauses.map(({ reason }) => `a person: ${reason}`);
  const stage = state.phase === 'running' ? planOf(spec).stages[state.at.stage] : undefined;
  if (!stage || state.phase !== 'running') return [];
  const judged = judgeStep(stage, state.at, seen, armsOf(rollout), now);
  return 'waitingFor' in judged ? [...judged.waitingFor] : [];
}
