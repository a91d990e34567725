// How the values of a comparison are shown: shares in per cent, latencies as ratios.
import { type PairNumbers } from '@weir/stats';
import { type PlannedComparison } from './comparison-plans';

/** Latencies are counted as logarithms of their ratio. */
export function shownOf({ measure }: PlannedComparison, value: number | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  return measure.kind === 'values' && measure.test.kind === 'mean' ? Math.exp(value) : value;
}

/** What was seen: the value, with its interval where there is one. */
export function saidOf(test: PlannedComparison, { mean, interval }: PairNumbers, baseline: string): string {
  const { name, candidate, measure } = test;
  const say = (value: number | null) => sayValue(test, shownOf(test, value));
  const between = interval ? ` (${say(interval[0])} to ${say(interval[1])})` : '';
  if (measure.kind === 'values' && measure.test.kind === 'signed' && measure.test.sign === -1)
    return `${name} of ${candidate} less that of ${baseline} on the same requests is ${say(mean)}${between}`;
  return `${name} of ${candidate} with ${baseline} is ${say(mean)}${between}`;
}

/** What is held. */
export function limitText(test: PlannedComparison): string {
  const { measure } = test;
  if (measure.kind !== 'values') return `at most ${measure.most}`;
  const { kind, most, sign } = measure.test;
  switch (kind) {
    case 'agreement':
      return `at least ${percent(1 - most)}`;
    case 'signed':
      return sign > 0 ? `at most ${percent(most)}` : `not more than ${percent(most)} less`;
    case 'mean':
      return `at most ${figure(Math.exp(most))} times`;
    case 'distance':
      return `at most ${figure(most)} from 0`;
  }
}

function sayValue({ measure }: PlannedComparison, value: number | null): string {
  if (value === null) return 'unknown';
  const kind = measure.kind === 'values' ? measure.test.kind : 'distance';
  if (kind === 'mean') return `${figure(value)} times`;
  return kind === 'distance' ? figure(value) : percent(value);
}

function percent(share: number): string {
  return `${figure(100 * share)} %`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
