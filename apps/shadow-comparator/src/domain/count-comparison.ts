// What a comparison adds to the book of its rollout.
import { pairMetrics, type PredictionCompared } from '@weir/contracts';
import {
  countItems,
  countPrediction,
  countValue,
  type Book,
  type Exposure,
  type Served,
  type Weights,
} from '@weir/stats';
import { type Comparison } from './comparison';
import { type BinnedItems } from './profile';
import { sideOf, unitName, unitSideId, type SideId } from './unit-sides';

/** Where the results of a pair are counted. */
export interface PairPlace {
  readonly stage: number;
  readonly step: number;
  readonly epoch: number;
  readonly period: number;
  readonly segment: string | null;
  readonly unit: string | undefined;
  readonly stable: string;
  readonly shadow: string;
}

/** Of one pair of versions at one place: the same objects for every pair of answers. */
interface Sides {
  readonly ofStable: Exposure;
  readonly ofShadow: Exposure;
  readonly stableSide: SideId;
  readonly shadowSide: SideId;
}

const knownSides = new Map<string, Sides>();

function sidesOf(place: PairPlace): Sides {
  const { stage, step, epoch, period, segment, stable, shadow } = place;
  const key = `${stage}/${step}/${epoch}/${period}/${stable}/${shadow}${segment === null ? '' : `/${segment}`}`;
  const known = knownSides.get(key);
  if (known) return known;
  if (knownSides.size > 1_000) knownSides.clear();
  const made: Sides = {
    ofStable: exposure(place, stable, weightsOf(stable, shadow)),
    ofShadow: exposure(place, shadow, weightsOf(shadow, stable)),
    stableSide: sideOf(stable, shadow),
    shadowSide: sideOf(shadow, stable),
  };
  knownSides.set(key, made);
  return made;
}

function exposures(place: PairPlace): { ofStable: Exposure; ofShadow: Exposure; nobodys: Exposure } {
  const { ofStable, ofShadow, stableSide, shadowSide } = sidesOf(place);
  if (place.unit === undefined) return { ofStable, ofShadow, nobodys: ofShadow };
  const unit = unitName(place.unit);
  return {
    ofStable: withUnit(ofStable, unitSideId({ side: stableSide, unit })),
    ofShadow: withUnit(ofShadow, unitSideId({ side: shadowSide, unit })),
    nobodys: ofShadow,
  };
}

function exposure({ stage, step, epoch, period, segment }: PairPlace, arm: string, weights: Weights): Exposure {
  return { stage, step, epoch, period, segment, arm, weights, unit: undefined, place: {} };
}

/** Field by field: there are two for each pair. */
function withUnit({ stage, step, epoch, period, segment, arm, weights, place }: Exposure, unit: string): Exposure {
  return { stage, step, epoch, period, segment, arm, weights, unit, place };
}

const knownWeights = new Map<string, Weights>();

/** The same object for the same pair: its text is looked up by it. */
function weightsOf(arm: string, other: string): Weights {
  const key = `${arm}/${other}`;
  const known = knownWeights.get(key);
  if (known) return known;
  if (knownWeights.size > 1_000) knownWeights.clear();
  const made = { [arm]: 10_000, [other]: 0 };
  knownWeights.set(key, made);
  return made;
}

/**
 * Rows are of the pair: the weights name both versions, all of the weight with the one that the row is about, so that each pair counts
 * once. Metrics: pairMetrics of the contracts; `result.<result>[.<reason>]` (how often); and of both versions `error-rate`,
 * `client-error-rate` and `latency` on the same requests.
 */
export function countComparison(
  book: Book,
  { event, step, epoch }: Comparison,
  period: number,
  binned: readonly BinnedItems[],
): void {
  const { stage, stable, shadow, unit, segment = null } = event;
  const place = { stage, step, epoch, period, segment, unit, stable, shadow };
  const { ofShadow, ofStable, nobodys } = exposures(place);
  count(book, nobodys, resultOf(event), 1);
  if (event.shadowStatus === undefined) return;
  count(book, nobodys, pairMetrics.modelSeconds, (event.shadowLatencyMs ?? 0) / 1_000);
  countBoth(book, event, ofShadow, ofStable);
  if (event.verdict === undefined) return;
  count(book, ofShadow, pairMetrics.agreement, Number(event.verdict === 'matched'));
  countOutputs(book, event, ofShadow, nobodys);
  for (const { output, ...items } of binned) {
    countItems(book, ofStable, ofOutput(pairMetrics.distribution, output), items.stable);
    countItems(book, ofShadow, ofOutput(pairMetrics.distribution, output), items.shadow);
  }
}

function countOutputs(book: Book, { outputs }: PredictionCompared, ofShadow: Exposure, nobodys: Exposure): void {
  for (const [name, output] of Object.entries(outputs)) {
    // names that only the shadow chooses would be rows without number
    if (output.difference === 'extra') continue;
    if (output.verdict === 'ignored') count(book, nobodys, ofOutput(pairMetrics.ignored, name), 1);
    else count(book, ofShadow, ofOutput(pairMetrics.agreement, name), Number(output.verdict === 'matched'));
    if (output.meanDifference !== undefined)
      count(book, ofShadow, ofOutput(pairMetrics.difference, name), output.meanDifference);
  }
}

/** What each was worth by the outcome, 0..1. */
export interface Worth {
  readonly stable: number;
  readonly shadow: number;
}

/** Who was right, once the outcome has come; `before`: what a revised outcome had made of it. */
export function countWorth(
  book: Book,
  place: PairPlace,
  metric: string,
  { before, after }: { readonly before: Worth | undefined; readonly after: Worth },
): void {
  const { ofShadow, ofStable } = exposures(place);
  const change = (exposure: Exposure, name: string, of: (worth: Worth) => number): void =>
    countValue(book, exposure, { metric: ofOutput(name, metric), before: before && of(before), after: of(after) });
  change(ofStable, pairMetrics.right, ({ stable }) => stable);
  change(ofShadow, pairMetrics.right, ({ shadow }) => shadow);
  change(ofShadow, pairMetrics.rightDifference, ({ stable, shadow }) => shadow - stable);
}

function countBoth(book: Book, event: PredictionCompared, ofShadow: Exposure, ofStable: Exposure): void {
  const shadow = servedOf(event.shadowStatus !== 'ok', event.shadowHttpStatus, event.shadowLatencyMs ?? 0);
  const stable = servedOf(event.stableStatus !== 'ok', event.stableHttpStatus, event.stableLatencyMs);
  countPrediction(book, ofShadow, shadow);
  countPrediction(book, ofStable, stable);
  count(book, ofShadow, pairMetrics.errorDifference, Number(shadow.failed) - Number(stable.failed));
  if (shadow.failed || stable.failed) return;
  count(
    book,
    ofShadow,
    pairMetrics.latencyRatio,
    Math.log(Math.max(shadow.latencyMs, leastMs) / Math.max(stable.latencyMs, leastMs)),
  );
}

/** A clock that stood still says nothing about a ratio. */
const leastMs = 0.01;

function servedOf(failed: boolean, status = 0, latencyMs: number): Served {
  return { failed, clientError: !failed && status >= 400 && status < 500, latencyMs };
}

function count(book: Book, exposure: Exposure, metric: string, value: number): void {
  countValue(book, exposure, { metric, before: undefined, after: value });
}

const knownNames = new Map<string, Map<string, string>>();

/** Names of rows hold no slash and no colon but this. There are few, each met by every pair. */
function ofOutput(metric: string, output: string): string {
  let ofMetric = knownNames.get(metric);
  if (!ofMetric || ofMetric.size > 1_000) knownNames.set(metric, (ofMetric = new Map<string, string>()));
  let name = ofMetric.get(output);
  if (name === undefined) ofMetric.set(output, (name = `${metric}:${encodeURIComponent(output)}`));
  return name;
}

export function metricOf(counted: string): { metric: string; output?: string } {
  const at = counted.indexOf(':');
  if (at < 0) return { metric: counted };
  return { metric: counted.slice(0, at), output: decodeURIComponent(counted.slice(at + 1)) };
}

function resultOf({ result, reason }: PredictionCompared): string {
  if (reason === undefined) return result === 'compared' ? 'result.compared' : `result.${result}`;
  return `result.${result}.${reason}`;
}
