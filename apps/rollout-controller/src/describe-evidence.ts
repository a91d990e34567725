// What evidence amounts to for a rollout, and what its step waits for, as the outside sees it.
import { type EvidenceView, type RolloutView } from '@weir/contracts';
import { banditsOf } from './describe-bandits';
import { reportOf } from './domain/comparison-report';
import { isOfExperiment } from './domain/decision';
import { alphaPerGuardrail } from './domain/guardrail-plans';
import { openJudgement, seeAt, type FullSeen, type Judgement } from './domain/judgement';
import { fleetWaitsFor } from './domain/judge-fleet';
import { judgeStage } from './domain/look';
import { mirroredIn } from './domain/mirrored';
import { planOf } from './domain/plan';
import { type QueryVerdict } from './domain/reading';
import { seeExperiment } from './domain/experiments';
import { armsOf, isReturning, placeOf, weightsOf, type Place, type Rollout } from './domain/rollout';
import { type Seen } from './domain/verdict';
import { type Store } from './ports';
import { tornAt } from './torn-at';
import { readVerdicts } from './read-verdicts';

type Readable = Pick<Store['read'], 'models' | 'judgements' | 'evidence' | 'pairs' | 'readings'>;
type Part = Pick<
  RolloutView,
  | 'verdicts'
  | 'comparisons'
  | 'experiments'
  | 'decision'
  | 'bandits'
  | 'sampleRatio'
  | 'units'
  | 'waitingFor'
  | 'tornWindow'
  | 'pauses'
  | 'alpha'
  | 'stepStartedAt'
>;

export async function describeEvidence(
  read: Readable,
  rollout: Rollout,
  { now, applied, green }: Pick<Seen, 'applied' | 'green'> & { readonly now: string },
): Promise<Part> {
  const { spec, state } = rollout;
  const judgement = await judgementOf(read, rollout);
  const seen = seenOf(rollout, judgement);
  const torn = await tornAt(read, rollout, judgement);
  const queries = await readVerdicts(read, rollout, now);
  const verdicts = [...seen.verdicts, ...queries];
  return {
    verdicts: [...viewsOf(seen), ...queries.map(queryView)],
    comparisons: comparisonsOf(rollout, judgement),
    experiments: experimentsOf(rollout, judgement),
    decision: placeIn(rollout)?.decisions?.filter(isOfExperiment).at(-1) ?? null,
    bandits: banditsOf(rollout, judgement),
    sampleRatio: sampleRatioOf(seen),
    units: seen.units,
    waitingFor: waitingFor(rollout, { ...seen, verdicts, applied, torn, green }, now),
    tornWindow: torn ?? null,
    pauses: state.phase === 'paused' ? [...state.pauses] : [],
    alpha: { total: spec.alpha, perGuardrail: alphaPerGuardrail(spec) },
    stepStartedAt: 'at' in state && state.at ? state.at.startedAt : null,
  };
}

/** The verdicts beside the rows that they are made of. */
export async function evidenceOf(read: Readable, rollout: Rollout, now: string): Promise<EvidenceView> {
  const judgement = await judgementOf(read, rollout);
  const seen = seenOf(rollout, judgement);
  const queries = (await readVerdicts(read, rollout, now)).map(queryView);
  return {
    evidence: [
      ...(await read.pairs.ofRollout(rollout.id, 1_000)),
      ...(await read.evidence.ofRollout(rollout.id, 1_000)),
    ],
    verdicts: [...viewsOf(seen), ...queries],
    sampleRatio: sampleRatioOf(seen),
    through: judgement.through,
    tornWindow: (await tornAt(read, rollout, judgement)) ?? null,
  };
}

/** As it was kept; before the first look, as it would be opened now. */
async function judgementOf(read: Readable, rollout: Rollout): Promise<Judgement> {
  const kept = await read.judgements.find(rollout.id, rollout.state.attempt);
  if (kept) return kept;
  const model = await read.models.find(rollout.model);
  return openJudgement(rollout, model?.manifest ?? { metrics: {} });
}

function seenOf({ spec, state }: Rollout, judgement: Judgement): FullSeen {
  return seeAt(judgement, placeOf(state), spec);
}

/** Of the stages so far that compare answers, each candidate. */
function comparisonsOf({ spec, state }: Rollout, { comparison }: Judgement): RolloutView['comparisons'] {
  if (!comparison) return [];
  const begun = [...spec.stages.keys()].filter(
    (stage) => mirroredIn(spec.stages[stage]) && stage <= placeOf(state).stage,
  );
  return begun.flatMap((stage) => spec.candidates.map((candidate) => reportOf(comparison, { stage, candidate })));
}

/** Of the ab stages so far. */
function experimentsOf(rollout: Rollout, { experiments = [] }: Judgement): RolloutView['experiments'] {
  const { spec, baseline, state } = rollout;
  const at = placeIn(rollout);
  return experiments
    .filter(({ plan }) => plan.stage <= placeOf(state).stage)
    .map((experiment): RolloutView['experiments'][number] => {
      const { stage, goals, alpha } = experiment.plan;
      const { comparisons, sampleRatio } = seeExperiment(experiment);
      const weights = at?.stage === stage ? weightsOf(rollout) : {};
      const metrics = goals.map(({ name }) => name);
      return {
        ...{ stage, baseline, metric: metrics[0] ?? '', metrics, alpha, comparisons: [...comparisons], sampleRatio },
        arms: Object.fromEntries(
          [baseline, ...spec.candidates].map((version) => [version, armOf(version, weights, at?.out)]),
        ),
        decision: at?.decisions?.filter(isOfExperiment).find((each) => each.stage === stage) ?? null,
      };
    });
}

function armOf(
  version: string,
  weights: Readonly<Record<string, number>>,
  out: Place['out'] = [],
): RolloutView['experiments'][number]['arms'][string] {
  const left = out.find((each) => each.version === version);
  return { weightBps: weights[version] ?? 0, out: left ? { at: left.at, reason: left.reason } : null };
}

function placeIn({ state }: Rollout): Place | undefined {
  return 'at' in state ? (state.at ?? undefined) : undefined;
}

function viewsOf({ verdicts }: FullSeen): RolloutView['verdicts'] {
  return verdicts.map(({ interval, baseline, candidateCounts, ofPairs: _, ...rest }) => ({
    ...rest,
    interval: interval && [...interval],
    baseline: { ...baseline },
    candidateCounts: { ...candidateCounts },
  }));
}

const unseen = { units: 0, records: 0, value: null };

/** A threshold has none of the numbers of a test. */
function queryView(verdict: QueryVerdict): RolloutView['verdicts'][number] {
  const noEvidence = { eValue: null, threshold: null };
  return {
    ...verdict,
    ...noEvidence,
    ...{ alpha: null, effect: null, interval: null, scope: null, acceptance: noEvidence },
    ...{ baseline: unseen, candidateCounts: unseen },
  };
}

function sampleRatioOf({ sampleRatio }: FullSeen): RolloutView['sampleRatio'] {
  return { ...sampleRatio, units: { ...sampleRatio.units } };
}

function waitingFor(rollout: Rollout, seen: Seen, now: string): string[] {
  const { state, spec } = rollout;
  if (state.phase === 'paused') return state.pauses.map(({ reason }) => `a person: ${reason}`);
  if (isReturning(state)) {
    const plan = planOf(spec).stages[state.at.stage];
    return fleetWaitsFor(state.at.fleet, plan?.kind === 'replace' && plan.byHand);
  }
  const stage = state.phase === 'running' ? planOf(spec).stages[state.at.stage] : undefined;
  if (!stage || state.phase !== 'running') return [];
  const judged = judgeStage(stage, state.at, { seen, arms: armsOf(rollout) }, now);
  return 'waitingFor' in judged ? [...judged.waitingFor] : [];
}
