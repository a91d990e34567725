// What the callers saw of the versions during a stretch of time: shares by predictions and by mailboxes.
import { type Answer } from './ask-router';

export interface Observed {
  readonly version: string;
  readonly predictions: number;
  readonly units: number;
  /** Basis points of the predictions, and of the mailboxes, that were assigned to the version. */
  readonly predictionsBps: number;
  readonly unitsBps: number;
}

/** Counts by the version assigned: whose answer came is the fallback's business. */
export class Observation {
  private readonly byVersion = new Map<string, { predictions: number; units: Set<string> }>();
  private readonly units = new Set<string>();
  private count = 0;

  /** Answers given under an older policy are left out. */
  constructor(private readonly fromPolicy = 0) {}

  add(unit: string, answer: Pick<Answer, 'assigned' | 'policyRevision'>): void {
    if (answer.policyRevision < this.fromPolicy) return;
    const seen = this.byVersion.get(answer.assigned) ?? { predictions: 0, units: new Set<string>() };
    this.byVersion.set(answer.assigned, seen);
    seen.predictions++;
    seen.units.add(unit);
    this.units.add(unit);
    this.count++;
  }

  get predictions(): number {
    return this.count;
  }

  of(version: string): Observed {
    const { predictions = 0, units = new Set() } = this.byVersion.get(version) ?? {};
    return {
      version,
      predictions,
      units: units.size,
      predictionsBps: shareBps(predictions, this.count),
      unitsBps: shareBps(units.size, this.units.size),
    };
  }

  /** Mailboxes that were assigned to the version. */
  unitsOf(version: string): ReadonlySet<string> {
    return this.byVersion.get(version)?.units ?? new Set();
  }

  versions(): string[] {
    return [...this.byVersion.keys()].sort();
  }

  get distinctUnits(): number {
    return this.units.size;
  }
}

function shareBps(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 10_000);
}
