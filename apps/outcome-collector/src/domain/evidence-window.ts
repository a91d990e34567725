// The clock of a rollout's evidence: its windows, and the periods of its stages.
import { type PolicySlice } from '@weir/contracts';

const periodMs = 600_000;
const defaultWindowMs = 1_000;

/** What the collector keeps of a stage. */
export interface StageClock {
  /** Attributes by whose values its evidence is told apart; absent: none. */
  readonly segments?: readonly string[] | undefined;
  /** A bandit: what a fallback came to is the failure of the arm that was assigned. */
  readonly isBandit?: boolean | undefined;
  readonly windowMs: number;
  readonly periodBase: number;
  readonly periodStartedAt: string;
}

/** A window covers fromMs <= instant < toMs, milliseconds since the epoch. */
export interface EvidenceWindow {
  readonly index: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export function stageClockOf(slice: PolicySlice): StageClock {
  const { kind, windowMs, period, spec } = slice;
  const names: unknown = spec['segments'];
  const segments = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  return {
    ...{ windowMs, periodBase: period.base, periodStartedAt: period.startedAt },
    ...(segments.length > 0 && { segments }),
    ...(kind === 'bandit' && { isBandit: true }),
  };
}

/** A stage that no policy has told of (it ended before we saw one) has the one period 0. */
export function periodAt(stage: StageClock | undefined, instantMs: number): number {
  if (!stage) return 0;
  return stage.periodBase + Math.max(0, Math.floor((instantMs - Date.parse(stage.periodStartedAt)) / periodMs));
}

/** The window of an instant, given the one before it. Windows are aligned, never overlap, and a new width waits for the next. */
export function windowAt(instantMs: number, windowMs: number = defaultWindowMs, last?: EvidenceWindow): EvidenceWindow {
  if (last && instantMs < last.toMs) return last;
  const alignedMs = Math.floor(instantMs / windowMs) * windowMs;
  const fromMs = Math.max(alignedMs, last?.toMs ?? 0);
  return { index: Math.floor(fromMs / Math.min(windowMs, 1_000)), fromMs, toMs: alignedMs + windowMs };
}
