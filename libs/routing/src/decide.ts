// Which arm answers a prediction. Pure: the same policy and the same unit always meet the same arm.
import { meet, positionBps } from './rendezvous';
import { type Attributes } from './segment';
import { type CompiledSlice, type Decision, type Decisions, type Snapshot } from './snapshot';

export interface Undecided {
  readonly predictionId: string;
  /** Absent: the prediction is its own unit. */
  readonly unit?: string | undefined;
  readonly attributes: Attributes;
  /** A version that the caller named by path; it must be one of the model's. */
  readonly pinned?: string | undefined;
}

/**
 * In this order: the version pinned by path; the one that overrides name for the unit, recorded as pinned too; a rollout whose `when` the prediction fits; a lasting target; a rollout for everybody;
 * stable. A target comes before a rollout for everybody, so that a segment does not lose its winner when the next rollout starts.
 */
export function decide(snapshot: Snapshot, prediction: Undecided): Decision {
  const { unit, attributes } = prediction;
  const assignment = unit === undefined ? 'prediction' : 'unit';
  const slice = sliceOf(snapshot, unit ?? prediction.predictionId);
  const eligible = slice !== undefined && (slice.eligible === undefined || slice.eligible(unit, attributes));
  const pinned = prediction.pinned ?? (unit === undefined ? undefined : snapshot.overrides.get(unit));
  if (pinned !== undefined) return pinnedDecisions(snapshot, eligible ? slice : undefined, pinned)[assignment];
  if (eligible && slice.eligible !== undefined) return draw(slice, prediction);

  const target = snapshot.targets.find((candidate) => candidate.eligible(unit, attributes));
  if (target) return target.decisions[assignment];
  if (eligible) return draw(slice, prediction);
  return (slice ? snapshot.notEligible : snapshot.noRollout)[assignment];
}

/** Shown in the rollout that it would have been in, never counted there. */
function pinnedDecisions(snapshot: Snapshot, slice: CompiledSlice | undefined, version: string): Decisions {
  const decisions = slice?.pinned.get(version) ?? snapshot.pinned.get(version);
  if (!decisions) throw new RangeError(`${version} is not a version of this model`);
  return decisions;
}

function sliceOf(snapshot: Snapshot, unit: string): CompiledSlice | undefined {
  if (snapshot.slices.length === 0) return undefined;
  const position = positionBps(unit, snapshot.positionSeed);
  return snapshot.slices.find((slice) => slice.from <= position && position < slice.to);
}

function draw(slice: CompiledSlice, { unit, predictionId, attributes }: Undecided): Decision {
  const byPrediction = slice.byPrediction || unit === undefined;
  const { contenders, decisions } = slice.contextual?.of(attributes) ?? slice;
  const index = meet(contenders, byPrediction ? predictionId : unit);
  return (decisions[index] as Decisions)[byPrediction ? 'prediction' : 'unit'];
}
