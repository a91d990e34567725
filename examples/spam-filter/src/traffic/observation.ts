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

interface Sighting extends Pick<Answer, 'assigned' | 'policyRevision'> {
  readonly unit: string;
  readonly atMs: number;
}

/** Counts by the version assigned: whose answer came is the fallback's business. */
export class Observation {
  private readonly byVersion = new Map<string, { predictions: number; units: Set<string>; firstAtMs: number }>();
  private readonly units = new Set<string>();
  private readonly sightings: Sighting[] = [];

  /** Answers given under an older policy are left out. */
  constructor(private readonly fromPolicy = 0) {}

  /** @param atMs when the answer was there, by the steady clock. */
  add(unit: string, answer: Pick<Answer, 'assigned' | 'policyRevision'>, atMs = performance.now()): void {
    const { assigned, policyRevision } = answer;
    if (policyRevision < this.fromPolicy) return;
    const seen = this.byVersion.get(assigned) ?? { predictions: 0, units: new Set<string>(), firstAtMs: atMs };
    this.byVersion.set(assigned, seen);
    seen.predictions++;
    seen.units.add(unit);
    this.units.add(unit);
    this.sightings.push({ unit, assigned, policyRevision, atMs });
  }

  /** The same without what was answered under this policy or a later one, or from this instant on. */
  before({ policy = Infinity, atMs = Infinity }: { policy?: number; atMs?: number }): Observation {
    const earlier = new Observation(this.fromPolicy);
    for (const sighting of this.sightings)
      if (sighting.policyRevision < policy && sighting.atMs < atMs) earlier.add(sighting.unit, sighting, sighting.atMs);
    return earlier;
  }

  /** The same without what was answered before this instant. */
  since(atMs: number): Observation {
    const later = new Observation(this.fromPolicy);
    for (const sighting of this.sightings) if (sighting.atMs >= atMs) later.add(sighting.unit, sighting, sighting.atMs);
    return later;
  }

  get predictions(): number {
    return this.sightings.length;
  }

  /** When the version was first met; undefined where it was not. */
  firstAtMs(version: string): number | undefined {
    return this.byVersion.get(version)?.firstAtMs;
  }

  lastAtMs(version: string): number | undefined {
    return this.sightings.findLast(({ assigned }) => assigned === version)?.atMs;
  }

  of(version: string): Observed {
    const { predictions = 0, units = new Set() } = this.byVersion.get(version) ?? {};
    return {
      version,
      predictions,
      units: units.size,
      predictionsBps: shareBps(predictions, this.predictions),
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
