// The result of one prediction and one shadow: compared, skipped or failed; exactly one of them.
import { type Captured, type ComparedOutput, type PredictionCompared, type PredictionServed } from '@weir/contracts';
import { compareAnswers, prepareRules, type ComparedAnswers, type PreparedRules } from './compare-answers';
import { isAnswer, readJson } from './decode-answer';
import { type Flip } from './judged';
import { parsePath, without, type JsonPath } from './json-path';
import { type PairPlan, type ShadowRequest, type SkipReason } from './pair-plan';
import { failureOf, type FailReason, type ShadowAnswer } from './shadow-answer';
import { shadowAnswersOf, type ShadowAnswers } from './shadow-truth';
import { segmentOf, type ShadowedStage } from './shadowed-stage';

export interface Comparison {
  readonly event: PredictionCompared;
  readonly step: number;
  readonly epoch: number;
  readonly flips: Readonly<Record<string, readonly Flip[]>>;
  readonly items: ComparedAnswers['items'];
  /** What the shadow said of each `truth` metric's output, by metric; absent where nothing was compared or none is declared. */
  readonly answers: ShadowAnswers | undefined;
  /** Its call began so late that it tells nothing about production's pace. */
  readonly late: boolean;
  /** Both answers and the request, for an exemplar; absent where nothing differs. */
  readonly material: Material | undefined;
}

export interface Material {
  readonly request: unknown;
  readonly stable: unknown;
  readonly shadow: unknown;
}

/** A stage's rules made ready. */
export interface Judge {
  readonly stage: ShadowedStage;
  readonly prepared: PreparedRules;
  readonly redact: readonly JsonPath[];
}

export function judgeOf(stage: ShadowedStage): Judge {
  return {
    stage,
    prepared: prepareRules(stage.rules, stage.protocol),
    redact: stage.redact.map(parsePath),
  };
}

export interface Pair {
  readonly event: PredictionServed;
  readonly judge: Judge;
  readonly shadow: string;
  readonly comparedAt: string;
  readonly late?: boolean;
}

export function skipped(pair: Pair, reason: SkipReason): Comparison {
  return comparisonOf(pair, undefined, { result: 'skipped', reason });
}

export function judgePair(
  pair: Pair,
  { request }: Extract<PairPlan, { kind: 'ask' }>,
  answer: ShadowAnswer,
): Comparison {
  if (answer.kind === 'over-bound') return skipped(pair, 'over-bound');
  if (answer.kind === 'gone') return skipped(pair, 'stage-over');
  const { judge, event } = pair;
  const { protocol } = judge.stage;
  const read = answer.kind === 'answered' ? readJson(answer.text) : undefined;
  const body = read && without(read.body, judge.redact);
  const asked = askedOf(answer);
  const failed = failureOf(answer, read !== undefined && isAnswer(body, protocol));
  const material = (): Material => ({
    ...{ request: requestShown(request), shadow: shownAnswer(answer, body) },
    stable: bodyOf(event.capture?.response)?.body,
  });
  if (failed !== undefined) {
    const status = { ...asked, shadowStatus: statusOf(failed) };
    return comparisonOf(pair, status, { result: 'failed', reason: failed }, material);
  }
  if (event.armStatus !== 'ok') return comparisonOf(pair, asked, { result: 'skipped', reason: 'stable-failed' });
  const stable = bodyOf(event.capture?.response);
  const status = {
    stable: event.armHttpStatus ?? event.status,
    shadow: answer.kind === 'answered' ? answer.status : 0,
  };
  if (isSuccess(status.stable) && (!stable || !isAnswer(stable.body, protocol)))
    return comparisonOf(pair, asked, { result: 'skipped', reason: 'no-answer-captured' });
  const compared = compareWhole(stable?.body, body, status, judge);
  const answers = isSuccess(status.shadow) ? shadowAnswersOf(body, judge.stage) : undefined;
  return comparisonOf(pair, asked, { result: 'compared', compared, answers }, material);
}

/** Refusals are compared by their status: the bodies of errors are for people. */
function compareWhole(
  stable: unknown,
  shadow: unknown,
  status: { readonly stable: number; readonly shadow: number },
  { prepared }: Judge,
): ComparedAnswers {
  if (isSuccess(status.stable) && isSuccess(status.shadow)) return compareAnswers(stable, shadow, prepared);
  const empty = { flips: none, items: none };
  if (status.stable === status.shadow) return { verdict: 'matched', outputs: none, ...empty };
  const differs: ComparedOutput = {
    ...{ verdict: 'mismatched', rule: 'status', difference: 'status' },
    ...{ stable: [status.stable], shadow: [status.shadow] },
  };
  return { verdict: 'mismatched', outputs: { [statusOutput]: differs }, ...empty };
}

/** No output's name and no place in JSON. */
export const statusOutput = '$status';

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function statusOf(reason: FailReason): 'error' | 'timeout' | 'unreachable' {
  return reason === 'timeout' || reason === 'unreachable' ? reason : 'error';
}

type Asked = Pick<PredictionCompared, 'shadowStatus' | 'shadowHttpStatus' | 'shadowLatencyMs'>;

function askedOf(answer: Exclude<ShadowAnswer, { kind: 'over-bound' | 'gone' }>): Asked {
  const shadowLatencyMs = Math.max(0, Math.round(answer.latencyMs * 1_000) / 1_000);
  if (answer.kind === 'failed') return { shadowStatus: answer.cause, shadowLatencyMs };
  const shadowHttpStatus = answer.status >= 100 && answer.status <= 599 ? answer.status : undefined;
  return { shadowStatus: 'ok', shadowLatencyMs, ...(shadowHttpStatus !== undefined && { shadowHttpStatus }) };
}

interface Found {
  readonly result: PredictionCompared['result'];
  readonly reason?: string;
  readonly compared?: ComparedAnswers;
  readonly answers?: ShadowAnswers | undefined;
}

const none = {};

function comparisonOf(pair: Pair, asked: Asked | undefined, found: Found, material?: () => Material): Comparison {
  const { event, late = false } = pair;
  const { result, compared, answers } = found;
  const differs =
    result === 'failed' || (compared && (compared.verdict === 'mismatched' || hasIgnored(compared.outputs)));
  return {
    event: eventOf(pair, asked, found),
    step: event.step ?? 0,
    epoch: event.epoch,
    late,
    flips: compared?.flips ?? none,
    items: compared?.items ?? none,
    answers,
    material: differs ? material?.() : undefined,
  };
}

/** Every field in its place, known or not: copies of objects of many shapes took most of the time. */
function eventOf(
  { event, judge: { stage }, shadow, comparedAt }: Pair,
  asked: Asked | undefined,
  { result, reason, compared }: Found,
): PredictionCompared {
  return {
    predictionId: event.predictionId,
    model: event.model,
    rollout: stage.rollout,
    attempt: stage.attempt,
    stage: stage.stage,
    unit: event.unit,
    segment: segmentOf(stage, event),
    servedAt: event.servedAt,
    comparedAt,
    stable: stage.stable,
    shadow,
    rules: stage.rulesId,
    result,
    reason,
    verdict: compared?.verdict,
    outputs: compared?.outputs ?? none,
    stableStatus: event.armStatus,
    stableHttpStatus: event.armHttpStatus,
    stableLatencyMs: event.armLatencyMs,
    shadowStatus: asked?.shadowStatus,
    shadowHttpStatus: asked?.shadowHttpStatus,
    shadowLatencyMs: asked?.shadowLatencyMs,
  };
}

function hasIgnored(outputs: PredictionCompared['outputs']): boolean {
  return Object.values(outputs).some(({ verdict }) => verdict === 'ignored');
}

function bodyOf(captured: Captured | undefined): { readonly body: unknown } | undefined {
  if (captured?.kind === 'json') return { body: captured.body };
  return captured?.kind === 'base64' ? readJson(decodeBase64(captured.body)) : undefined;
}

function decodeBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

function requestShown({ body }: ShadowRequest): unknown {
  return body.kind === 'text' ? (readJson(body.content)?.body ?? null) : { base64: body.content.slice(0, 4_096) };
}

function shownAnswer(answer: ShadowAnswer, body: unknown): unknown {
  if (answer.kind !== 'answered') return null;
  return body ?? { text: answer.text.slice(0, 4_096) };
}
