// A stage whose predictions are offered to shadows, as a policy tells of it; kept after the policy has moved on.
import {
  compareRules,
  segmentOf as segmentIn,
  type CompareRules,
  type PolicyPublished,
  type PolicySlice,
} from '@weir/contracts';
import { murmur3 } from '@weir/routing';
import { type Protocol } from './decode-answer';

export interface ShadowedStage {
  readonly rollout: string;
  readonly attempt: number;
  readonly stage: number;
  readonly model: string;
  /** The version that shadows are compared with. */
  readonly stable: string;
  readonly shadows: readonly { readonly version: string; readonly sampleBps: number }[];
  readonly salt: string;
  readonly protocol: Protocol;
  readonly rules: CompareRules;
  /** Of the rules: the same for the same rules. */
  readonly rulesId: string;
  /** Places of bodies that never left the router. */
  readonly redact: readonly string[];
  /** Of an evidence window, milliseconds. */
  readonly windowMs: number;
  /** live: each prediction is offered as it came. */
  readonly pace: 'own' | 'live';
  /** Attributes by whose values evidence is told apart. */
  readonly segments: readonly string[];
  /** Outputs that `truth` metrics judge, by the metric. */
  readonly truths: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly periodBase: number;
  readonly periodStartedAt: string;
}

export interface Place {
  readonly rollout: string;
  readonly attempt: number;
  readonly stage: number;
}

export function placeId({ rollout, attempt, stage }: Place): string {
  return `${rollout}/${attempt}/${stage}`;
}

/** Those of a policy. A specification without rules is compared exactly: this service asks for nothing that a policy need not say. */
export function shadowedStages(policy: PolicyPublished): ShadowedStage[] {
  return policy.slices.filter(({ shadows }) => shadows.length > 0).map((slice) => stageOf(policy, slice));
}

function stageOf(policy: PolicyPublished, slice: PolicySlice): ShadowedStage {
  const { model, protocol, capture, timeoutMs } = policy;
  const { rollout, attempt = 1, stage, baseline, shadows, salt, windowMs, period, spec } = slice;
  const rules = compareRules.parse(spec['compare'] ?? undefined);
  return {
    ...{ rollout, attempt, stage, model, shadows, salt, protocol, windowMs, rules },
    stable: baseline,
    rulesId: murmur3(JSON.stringify(rules), 0).toString(16).padStart(8, '0'),
    redact: capture.redact,
    ...{ pace: spec['pace'] === 'live' ? 'live' : 'own', segments: segmentsOf(spec['segments']) },
    ...{ truths: truthsOf(policy), timeoutMs },
    periodBase: period.base,
    periodStartedAt: period.startedAt,
  };
}

/** Of a stage that was kept by an earlier version of this service. */
export function completed(kept: Partial<ShadowedStage> & Place): ShadowedStage {
  return { pace: 'own', segments: [], truths: {}, timeoutMs: 2_000, ...kept } as ShadowedStage;
}

function segmentsOf(given: unknown): string[] {
  return Array.isArray(given) ? given.filter((name): name is string => typeof name === 'string') : [];
}

function truthsOf({ metrics }: PolicyPublished): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, metric]) => (metric.type === 'truth' ? [[name, metric.output]] : [])),
  );
}

/** As the evidence names it. */
export function segmentOf({ segments }: ShadowedStage, event: Parameters<typeof segmentIn>[1]): string | undefined {
  return segmentIn(segments, event);
}

/** `2026-11-23` of an instant, which is always in UTC. */
export function dayOf(instant: string): string {
  return instant.slice(0, 10);
}

const periodMs = 600_000;

export function periodAt({ periodBase, periodStartedAt }: ShadowedStage, instantMs: number): number {
  return periodBase + Math.max(0, Math.floor((instantMs - Date.parse(periodStartedAt)) / periodMs));
}
