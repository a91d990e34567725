// From logged predictions to the rows that an estimate is made of: which of them can say anything, and with what weight.
import { featureVector, type LoggedDecision, type LoggedRow } from '@weir/bandits';
import {
  type LoggedPrediction,
  type LoggedPredictions,
  type OffPolicyOrder,
  type OffPolicyView,
  type ShadowedPredictions,
} from '@weir/contracts';
import { compileSegment, type Lists } from '@weir/routing';

export interface ChosenRows {
  readonly method: OffPolicyView['method'];
  /** Of a shadow, whose answers are the choice. */
  readonly rows: readonly LoggedRow[];
  /** Of another allocation: what the doubly robust estimate needs as well. One of the two is empty. */
  readonly decisions: readonly LoggedDecision[];
  readonly leftOut: number;
  readonly from: string | null;
  readonly to: string | null;
}

/** A prediction in which an arm had no chance says nothing of what that arm would have earned: it is left out, and counted. */
export function rowsOfWeights(
  { predictions }: Pick<LoggedPredictions, 'predictions'>,
  { weights = {}, segments = [], features = [] }: Pick<OffPolicyOrder, 'weights' | 'segments' | 'features'>,
  lists: Lists,
): ChosenRows {
  const conditional = segments.map((segment) => ({
    fits: compileSegment(segment.when, lists),
    weights: segment.weights,
  }));
  const used: LoggedPrediction[] = [];
  const decisions = predictions.flatMap((prediction): LoggedDecision[] => {
    const { unit, attributes, arm, reward, propensity } = prediction;
    const target = conditional.find(({ fits }) => fits(unit, attributes))?.weights ?? weights;
    if (!isInReach(target, prediction)) return [];
    used.push(prediction);
    const shares = Object.fromEntries(Object.entries(target).map(([version, bps]) => [version, bps / 10_000]));
    return [{ reward, propensity, arm, target: shares, features: featureVector(features, attributes), unit }];
  });
  return { method: 'weights', rows: [], decisions, leftOut: predictions.length - used.length, ...spanOf(used) };
}

function isInReach(target: Readonly<Record<string, number>>, { weights }: LoggedPrediction): boolean {
  return Object.entries(target).every(
    ([version, bps]) => bps === 0 || (Object.hasOwn(weights, version) && (weights[version] ?? 0) > 0),
  );
}

/**
 * Of a truth metric the shadow's own answers are judged: nothing is weighed. Of any other, what came of the served answer is what would have come of the same one, and of
 * another one nothing is known: where the two seldom agree the mean weight is far from 1, and the estimate refuses.
 */
export function rowsOfShadow(
  { type, predictions }: LoggedPredictions,
  shadowed: ShadowedPredictions['predictions'],
): ChosenRows {
  const byId = new Map(shadowed.map((each) => [each.predictionId, each]));
  const isJudged = type === 'truth';
  const used: LoggedPrediction[] = [];
  const rows = predictions.flatMap((prediction): LoggedRow[] => {
    const shadow = byId.get(prediction.predictionId);
    if (!shadow || (isJudged && shadow.worth === null)) return [];
    used.push(prediction);
    const { reward, propensity, unit } = prediction;
    if (isJudged) return [{ reward: shadow.worth ?? 0, propensity: 1, targetProbability: 1, unit }];
    return [{ reward, propensity, targetProbability: shadow.same ? 1 : 0, unit }];
  });
  const method = isJudged ? 'judged-answers' : 'same-answers';
  return { method, rows, decisions: [], leftOut: predictions.length - used.length, ...spanOf(used) };
}

function spanOf(used: readonly LoggedPrediction[]): { from: string | null; to: string | null } {
  const instants = used.map(({ servedAt }) => servedAt).sort();
  return { from: instants[0] ?? null, to: instants.at(-1) ?? null };
}
