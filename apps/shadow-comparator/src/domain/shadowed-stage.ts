// A stage whose predictions are offered to shadows, as a policy tells of it; kept after the policy has moved on.
import { compareRules, type CompareRules, type PolicyPublished, type PolicySlice } from '@weir/contracts';
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

function stageOf({ model, protocol, capture }: PolicyPublished, slice: PolicySlice): ShadowedStage {
  const { rollout, attempt = 1, stage, baseline, shadows, salt, windowMs, period, spec } = slice;
  const rules = compareRules.parse(spec['compare'] ?? undefined);
  return {
    ...{ rollout, attempt, stage, model, shadows, salt, protocol, windowMs, rules },
    stable: baseline,
    rulesId: murmur3(JSON.stringify(rules), 0).toString(16).padStart(8, '0'),
    redact: capture.redact,
    periodBase: period.base,
    periodStartedAt: period.startedAt,
  };
}

const periodMs = 600_000;

export function periodAt({ periodBase, periodStartedAt }: ShadowedStage, instantMs: number): number {
  return periodBase + Math.max(0, Math.floor((instantMs - Date.parse(periodStartedAt)) / periodMs));
}
