// What a guardrail's margin means for its metric: a bare number is a ratio for errors and latency, absolute otherwise.
import { builtInMetrics, type Margin, type Metric } from '@weir/contracts';

export type ExplicitMargin = Exclude<Margin, number>;

export type MarginReading =
  { readonly ok: true; readonly margin: ExplicitMargin } | { readonly ok: false; readonly message: string };

/** @param metric what the model declares under the name; undefined for the built-in ones. */
export function readMargin(name: string, metric: Metric | undefined, margin: Margin): MarginReading {
  return isBuiltIn(name) ? readRatio(margin) : readDifference(metric, margin);
}

export function isBuiltIn(name: string): boolean {
  return (builtInMetrics as readonly string[]).includes(name);
}

function readRatio(margin: Margin): MarginReading {
  const explicit = typeof margin === 'number' ? { ratio: margin } : margin;
  if (!('ratio' in explicit)) return refuse('errors and latency are held to a ratio');
  return explicit.ratio >= 1 ? { ok: true, margin: explicit } : refuse('a ratio is at least 1');
}

function readDifference(metric: Metric | undefined, margin: Margin): MarginReading {
  const explicit = typeof margin === 'number' ? { absolute: margin } : margin;
  if ('ratio' in explicit) return refuse('a ratio is for errors and latency; use absolute or relative');
  if ('relative' in explicit) return { ok: true, margin: explicit };
  if (explicit.absolute < 0) return refuse('an absolute margin is not below 0');
  const isBinary = metric?.type === 'binary' || metric?.type === 'truth';
  if (isBinary && explicit.absolute >= 1)
    return refuse('a margin of 1 or more on a metric between 0 and 1 holds nothing');
  return { ok: true, margin: explicit };
}

function refuse(message: string): MarginReading {
  return { ok: false, message };
}
