// The sample ratio of an experiment by stage of a prediction's way, fed from its windows: assigned, answered, joined.
import { type EvidenceRow } from './evidence-row';
import {
  foldSampleRatio,
  judgeSampleRatio,
  openSampleRatio,
  type SampleRatioPlan,
  type SampleRatioState,
  type SampleRatioVerdict,
} from './sample-ratio';
import { judgeStages, sampleRatioStages, type SampleRatioStage, type StagesVerdict } from './sample-ratio-stages';

export interface StageRatiosPlan {
  readonly arms: readonly string[];
  /** Index of the rollout's stage: only its rows are folded. */
  readonly stage: number;
  /** Seconds after which the slowest arm has been told of. */
  readonly settleSeconds: number;
  /** The declared metric whose outcomes are to come from all arms alike, and the seconds that one may take; null: no metric has outcomes. */
  readonly joined: { readonly metric: string; readonly withinSeconds: number } | null;
}

/** Plain JSON. */
export type StageRatios = Readonly<Record<SampleRatioStage, SampleRatioState>>;

/** Of a metric that may take days the seconds are put together, so that at most about so many are kept. */
const mostAwaited = 100;

export function openStageRatios(plan: StageRatiosPlan): StageRatios {
  return mapStages((stage) => openSampleRatio(planOf(plan, stage)));
}

/** Folds all final rows of one complete window. Windows ascend, each once. */
export function foldStageRatios(state: StageRatios, plan: StageRatiosPlan, rows: readonly EvidenceRow[]): StageRatios {
  return mapStages((stage) =>
    foldSampleRatio(
      state[stage],
      planOf(plan, stage),
      rows.map((row) => unitsAt(row, stage, plan)),
    ),
  );
}

export function judgeStageRatios(
  state: StageRatios,
  plan: StageRatiosPlan,
): StagesVerdict & Readonly<Record<SampleRatioStage, SampleRatioVerdict>> {
  const verdicts = mapStages((stage) => judgeSampleRatio(state[stage], planOf(plan, stage)));
  return { ...judgeStages(verdicts), ...verdicts };
}

function planOf({ arms, stage, settleSeconds, joined }: StageRatiosPlan, of: SampleRatioStage): SampleRatioPlan {
  const own = of === 'joined' && joined ? settleSeconds + joined.withinSeconds : settleSeconds;
  return { arms, stage, settleSeconds: own };
}

/** The row as the sample ratio reads it: units of this stage where it reads new ones. */
function unitsAt(row: EvidenceRow, stage: SampleRatioStage, { joined }: StageRatiosPlan): EvidenceRow {
  if (stage === 'joined') {
    // a row of no units: time passes for those that are awaited
    if (row.metric !== joined?.metric) return { ...row, metric: 'error-rate', newUnits: 0, decided: undefined };
    const decided = row.decided && together(row.decided, Math.ceil(joined.withinSeconds / mostAwaited));
    return { ...row, metric: 'error-rate', newUnits: row.once.n, decided };
  }
  if (row.metric !== 'error-rate') return row;
  if (stage === 'assigned') return row.assigned ? { ...row, decided: row.assigned } : row;
  // who does not tell of answers says nothing of this stage
  return row.answered ? { ...row, decided: row.answered } : { ...row, newUnits: 0, decided: undefined };
}

function together(decided: Readonly<Record<string, number>>, width: number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [second, units] of Object.entries(decided)) {
    const from = Math.floor(Number(second) / Math.max(1, width)) * Math.max(1, width);
    sums[from] = (sums[from] ?? 0) + units;
  }
  return sums;
}

function mapStages<T>(of: (stage: SampleRatioStage) => T): Record<SampleRatioStage, T> {
  const [assigned, served, joined] = sampleRatioStages.map(of) as [T, T, T];
  return { assigned, served, joined };
}
