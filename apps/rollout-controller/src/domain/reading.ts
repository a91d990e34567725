// What a query has read, one asking after the other, and the verdict that follows. Pure: the answers are given.
import { type QueryGuardrail } from './query-guardrails';
import { type Place, type RolloutState } from './rollout';
import { type Verdict } from './verdict';

export type Answer =
  /** As Prometheus writes it: there is no infinity in JSON. Never NaN. */
  | { readonly kind: 'number'; readonly value: string }
  /** The query is right and nothing is there for it, or NaN. */
  | { readonly kind: 'no-data' }
  /** Nobody answered, or not what was asked for. */
  | { readonly kind: 'error'; readonly detail: string };

/** The latest asking of one guardrail. Plain JSON. */
export interface Reading {
  /** ISO instant at which it was asked. */
  readonly at: string;
  readonly answer: Answer;
  /** Askings in a row, this one the last of them, that gave a number above the limit. */
  readonly above: number;
  /** Stays, once it is. */
  readonly breached: boolean;
}

/** By `keyOf` the guardrail. */
export type ReadingsByGuardrail = Readonly<Record<string, Reading>>;

/** A verdict with the number that it was made of. */
export interface QueryVerdict extends Verdict {
  readonly query: {
    readonly value: number | null;
    readonly max: number;
    readonly at: string | null;
    readonly above: number;
  };
}

/** One blip is not enough. */
const aboveToBreach = 2;
/** Older than that it says nothing of the present. */
const staleMs = 30_000;

export function keyOf({ stage, index }: Pick<QueryGuardrail, 'stage' | 'index'>): string {
  return `${stage}.${index}`;
}

export function isDue({ askEveryMs }: QueryGuardrail, reading: Reading | undefined, now: string): boolean {
  return !reading || (!reading.breached && ageMs(reading, now) >= askEveryMs);
}

/** Anything but a number above the limit begins the row anew. @param at ISO instant of the asking. */
export function foldAnswer({ max }: QueryGuardrail, before: Reading | undefined, answer: Answer, at: string): Reading {
  if (before?.breached) return before;
  const isAbove = answer.kind === 'number' && numberOf(answer.value) > max;
  const above = isAbove ? (before?.above ?? 0) + 1 : 0;
  return { at, answer, above, breached: above >= aboveToBreach };
}

/** Of the stages so far. A reading speaks for the step in which it was asked, and only while it is fresh. */
export function judgeReadings(
  guardrails: readonly QueryGuardrail[],
  readings: ReadingsByGuardrail,
  state: RolloutState,
  now: string,
): QueryVerdict[] {
  const at = 'at' in state ? state.at : null;
  return guardrails
    .filter(({ stage }) => stage <= (at?.stage ?? 0))
    .map((guardrail) => judge(guardrail, readings[keyOf(guardrail)], at, now));
}

function judge(guardrail: QueryGuardrail, reading: Reading | undefined, at: Place | null, now: string): QueryVerdict {
  const { stage, name, candidate, must, max } = guardrail;
  const speaks =
    reading && (reading.breached || (ageMs(reading, now) <= staleMs && reading.at >= (at?.startedAt ?? '')));
  const [verdict, words] = speaks ? told(guardrail, reading) : (['inconclusive', 'was not read in this step'] as const);
  const number = speaks && reading.answer.kind === 'number' ? numberOf(reading.answer.value) : NaN;
  return {
    ...{ stage, name, candidate, verdict, must },
    breached: verdict === 'fail',
    accepted: verdict === 'pass',
    sentence: `${name} ${words}: ${guardrail.query}`,
    query: {
      value: Number.isFinite(number) ? number : null,
      max,
      at: reading?.at ?? null,
      above: reading?.above ?? 0,
    },
  };
}

function told({ max }: QueryGuardrail, { answer, above, breached }: Reading): readonly [Verdict['verdict'], string] {
  switch (answer.kind) {
    case 'error':
      return ['error', `could not be read (${answer.detail})`];
    case 'no-data':
      return ['inconclusive', 'has no data'];
    case 'number':
      if (above === 0) return ['pass', `is ${answer.value}, not above its limit of ${max}`];
      if (breached) return ['fail', `is ${answer.value}, above its limit of ${max}, ${above} times in a row`];
      return [
        'inconclusive',
        `is ${answer.value}, above its limit of ${max}, once; once more and the rollout goes back`,
      ];
  }
}

/** @param text a number as Go writes it: 1, 1e+06, +Inf, -Inf, NaN. */
export function numberOf(text: string): number {
  const infinite = /^([+-]?)Inf$/.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

function ageMs({ at }: Reading, now: string): number {
  return Date.parse(now) - Date.parse(at);
}
