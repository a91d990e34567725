// What is known of a rollout at a moment: a verdict for each guardrail, the sample ratio, the units of the step.
import { type ExperimentView } from '@weir/contracts';
import { type TornWindow } from './torn-window';

/** A guardrail judged on the evidence so far. A breach latches; no data is inconclusive, never a pass. */
export interface Verdict {
  /** Index of the stage that declares the guardrail. */
  readonly stage: number;
  /** The metric, or the query. */
  readonly name: string;
  readonly candidate: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'error';
  /** The candidate is worse than the margin: the rollout goes back. */
  readonly breached: boolean;
  /** The candidate is shown to be within the margin, as well as the present step asks. */
  readonly accepted: boolean;
  /** Marked `must: pass`. */
  readonly must: boolean;
  readonly sentence: string;
  /** Of a shadow stage: it judges that stage, and nothing after it. */
  readonly ofPairs?: boolean;
  /** Of a query: it tells of the rollout as a whole. */
  readonly query?: {
    readonly value: number | null;
    readonly max: number;
    readonly at: string | null;
    readonly above: number;
  };
}

/** What an experiment amounts to so far. */
export interface ExperimentSeen {
  /** The metric that decides first, then the others; each of every candidate. */
  readonly comparisons: ExperimentView['comparisons'];
  readonly sampleRatio: ExperimentView['sampleRatio'];
  /** Whether the other candidate may yet turn out better than the leading one by the minimum effect. */
  readonly mayStillLead: (leader: string, other: string) => boolean;
}

/** What has become of the predictions that one shadow could have been compared on. */
export interface PairsSeen {
  readonly compared: number;
  /** Failed, too many at once, too old, or not captured whole. */
  readonly missed: number;
}

export function coverageOf({ compared, missed }: PairsSeen): number {
  return compared === 0 ? 0 : compared / (compared + missed);
}

/** What `advance` looks at. */
export interface Seen {
  /** Of the guardrails of all stages up to the present one. */
  readonly verdicts: readonly Verdict[];
  /** Withholds passes; never a reason to go back. */
  readonly sampleRatio: { readonly verdict: 'pass' | 'fail' | 'inconclusive'; readonly sentence: string };
  /** Distinct units by arm, in the present step. */
  readonly units: Readonly<Record<string, number>>;
  /** Of the present stage, where it is a shadow, by candidate. */
  readonly pairs: Readonly<Record<string, PairsSeen>>;
  /** Of the present stage, where it is an experiment. */
  readonly experiment?: ExperimentSeen | undefined;
  /** Of the present stage, where it is blue-green: what the instances of green are not ready with, in words; empty: all are ready; undefined: not all have been asked. */
  readonly green?: readonly string[] | undefined;
  /** Every router heard from serves by the weights of the present step, or none is heard from. */
  readonly applied: boolean;
  /** What the evidence waits for: nothing that came later is in the rest. */
  readonly torn: TornWindow | undefined;
}
