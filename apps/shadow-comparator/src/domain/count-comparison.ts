// What a comparison adds to the book of its rollout.
import { type PredictionCompared } from '@weir/contracts';
import { countPrediction, countValue, type Book, type Exposure, type Served } from '@weir/stats';
import { type Comparison } from './comparison';

/**
 * Rows are of the pair: the weights name both versions, all of the weight with the one that the row is about, so that each pair counts
 * once. Metrics: `result.<result>[.<reason>]` (how often); `agreement` of all outputs and of each, `ignored`, `difference` (mean of
 * shadow - stable) of each; `error-difference` (shadow's failures less stable's); `latency-ratio` (natural logarithm of shadow's by
 * stable's); and of both versions `error-rate`, `client-error-rate` and `latency` on the same requests.
 */
export function countComparison(book: Book, { event, step, epoch }: Comparison, period: number): void {
  const { stage, stable, shadow, unit } = event;
  const segment = event.segment ?? null;
  const of = (arm: string, other: string): Exposure => ({
    ...{ stage, step, epoch, period, segment, arm, weights: { [arm]: 10_000, [other]: 0 } },
    unit: unit === undefined ? undefined : `${arm} beside ${other} ${unit}`,
  });
  const exposure = of(shadow, stable);
  count(book, { ...exposure, unit: undefined }, ['result', event.result, event.reason].filter(isText).join('.'), 1);
  if (event.shadowStatus === undefined) return;
  countBoth(book, event, exposure, of(stable, shadow));
  if (event.verdict === undefined) return;
  count(book, exposure, 'agreement', Number(event.verdict === 'matched'));
  for (const [name, output] of Object.entries(event.outputs)) {
    // names that only the shadow chooses would be rows without number
    if (output.difference === 'extra') continue;
    if (output.verdict === 'ignored') count(book, { ...exposure, unit: undefined }, ofOutput('ignored', name), 1);
    else count(book, exposure, ofOutput('agreement', name), Number(output.verdict === 'matched'));
    if (output.meanDifference !== undefined) count(book, exposure, ofOutput('difference', name), output.meanDifference);
  }
}

function countBoth(book: Book, event: PredictionCompared, ofShadow: Exposure, ofStable: Exposure): void {
  const shadow = servedOf(event.shadowStatus !== 'ok', event.shadowHttpStatus, event.shadowLatencyMs ?? 0);
  const stable = servedOf(event.stableStatus !== 'ok', event.stableHttpStatus, event.stableLatencyMs);
  countPrediction(book, ofShadow, shadow);
  countPrediction(book, ofStable, stable);
  count(book, ofShadow, 'error-difference', Number(shadow.failed) - Number(stable.failed));
  if (shadow.failed || stable.failed) return;
  count(
    book,
    ofShadow,
    'latency-ratio',
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

/** Names of rows hold no slash and no colon but this. */
function ofOutput(metric: string, output: string): string {
  return `${metric}:${encodeURIComponent(output)}`;
}

export function metricOf(counted: string): { metric: string; output?: string } {
  const at = counted.indexOf(':');
  if (at < 0) return { metric: counted };
  return { metric: counted.slice(0, at), output: decodeURIComponent(counted.slice(at + 1)) };
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}
