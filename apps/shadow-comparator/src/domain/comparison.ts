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
  return comparisonOf(pair, { result: 'skipped', reason });
}

export function judgePair(
  pair: Pair,
  { request }: Extract<PairPlan, { kind: 'ask' }>,
  answer: ShadowAnswer,
): Comparison {
  if (answer.kind === 'over-bound') return skipped(pair, 'over-bound');
  const { judge, event } = pair;
  const { protocol } = judge.stage;
  const read = answer.kind === 'answered' ? readJson(answer.text) : undefined;
  const body = read && without(read.body, judge.redact);
  const asked = askedOf(answer);
  const failed = failureOf(answer, read !== undefined && isAnswer(body, protocol));
  const material = { request: requestShown(request), stable: undefined, shadow: shownAnswer(answer, body) };
  if (failed !== undefined)
    return comparisonOf(pair, { ...asked, result: 'failed', reason: failed, shadowStatus: statusOf(failed) }, material);
  if (event.armStatus !== 'ok') return comparisonOf(pair, { ...asked, result: 'skipped', reason: 'stable-failed' });
  const stable = bodyOf(event.capture?.response);
  const status = {
    stable: event.armHttpStatus ?? event.status,
    shadow: answer.kind === 'answered' ? answer.status : 0,
  };
  if (isSuccess(status.stable) && (!stable || !isAnswer(stable.body, protocol)))
    return comparisonOf(pair, { ...asked, result: 'skipped', reason: 'no-answer-captured' });
  const compared = compareWhole(stable?.body, body, status, judge);
  const { verdict, outputs, flips, items } = compared;
  const shown = { ...material, stable: stable?.body };
  const answers = isSuccess(status.shadow) ? shadowAnswersOf(body, judge.stage) : undefined;
  return { ...comparisonOf(pair, { ...asked, result: 'compared', verdict, outputs }, shown), flips, items, answers };
}

/** Refusals are compared by their status: the bodies of errors are for people. */
function compareWhole(
  stable: unknown,
  shadow: unknown,
  status: { readonly stable: number; readonly shadow: number },
  { prepared }: Judge,
): ComparedAnswers {
  if (isSuccess(status.stable) && isSuccess(status.shadow)) return compareAnswers(stable, shadow, prepared);
  const none = { flips: {}, items: {} };
  if (status.stable === status.shadow) return { verdict: 'matched', outputs: {}, ...none };
  const differs: ComparedOutput = {
    ...{ verdict: 'mismatched', rule: 'status', difference: 'status' },
    ...{ stable: [status.stable], shadow: [status.shadow] },
  };
  return { verdict: 'mismatched', outputs: { [statusOutput]: differs }, ...none };
}

/** No output's name and no place in JSON. */
export const statusOutput = '$status';

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function statusOf(reason: FailReason): 'error' | 'timeout' | 'unreachable' {
  return reason === 'timeout' || reason === 'unreachable' ? reason : 'error';
}

type Asked = Pick<PredictionCompared, 'shadowStatus' | 'shadowHttpStatus' | 'shadowLatencyMs'>;

function askedOf(answer: Exclude<ShadowAnswer, { kind: 'over-bound' }>): Asked {
  const shadowLatencyMs = Math.max(0, Math.round(answer.latencyMs * 1_000) / 1_000);
  if (answer.kind === 'failed') return { shadowStatus: answer.cause, shadowLatencyMs };
  const shadowHttpStatus = answer.status >= 100 && answer.status <= 599 ? answer.status : undefined;
  return { shadowStatus: 'ok', shadowLatencyMs, ...(shadowHttpStatus !== undefined && { shadowHttpStatus }) };
}

function comparisonOf(
  { event, judge: { stage }, shadow, comparedAt, late = false }: Pair,
  found: Pick<PredictionCompared, 'result'> & Partial<PredictionCompared>,
  material?: Material,
): Comparison {
  const { predictionId, model, unit, servedAt, step = 0, epoch } = event;
  const segment = segmentOf(stage, event);
  const differs = found.verdict === 'mismatched' || found.result === 'failed' || hasIgnored(found.outputs);
  return {
    event: {
      ...{ predictionId, model, rollout: stage.rollout, attempt: stage.attempt, stage: stage.stage },
      ...(unit !== undefined && { unit }),
      ...(segment !== undefined && { segment }),
      ...{ servedAt, comparedAt, stable: stage.stable, shadow, rules: stage.rulesId },
      outputs: {},
      stableStatus: event.armStatus,
      ...(event.armHttpStatus !== undefined && { stableHttpStatus: event.armHttpStatus }),
      stableLatencyMs: event.armLatencyMs,
      ...found,
    },
    ...{ step, epoch, late, flips: {}, items: {}, answers: undefined },
    material: differs ? material : undefined,
  };
}

function hasIgnored(outputs: PredictionCompared['outputs'] = {}): boolean {
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
