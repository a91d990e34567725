// A great many predictions and what comes of them, drawn from a seed; and what they must add up to, by a count of its own.
import { uuidv7 } from 'uuidv7';
import { seeded } from './seeded';

/** What the policy in force says: every record names it. */
export interface InForce {
  readonly model: string;
  readonly rollout: string;
  readonly revision: number;
  readonly epoch: number;
}

export interface Life {
  readonly predictionId: string;
  readonly served: object;
  /** In the order in which they are sent: duplicates and revisions included. */
  readonly outcomes: readonly object[];
}

/** What all rows of an arm and metric add up to. */
export interface Counted {
  readonly n: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly newUnits: number;
  readonly firsts: number;
  readonly unitSums: Readonly<Record<'n' | 'y' | 'd' | 'yy' | 'yd' | 'dd', number>>;
  readonly excluded: number;
}

/** Half each: h is 1/2, and with values of quarters every sum is a number that a double holds. */
export const half = { v1: 5_000, v2: 5_000 };
const h = 0.5;

interface Entry {
  n: number;
  sum: number;
  sumSquares: number;
  excluded: number;
  /** Y and D of each unit. */
  readonly units: Map<number, { y: number; d: number }>;
}

interface Drawn {
  readonly unit: number;
  readonly arm: 'v1' | 'v2';
  readonly armStatus: 'ok' | 'error' | 'cancelled';
  readonly excluded: boolean;
  readonly latencyMs: number;
}

export class MillionBook {
  readonly sent = { predictions: 0, outcomes: 0, duplicates: 0, revisions: 0 };
  private readonly random: () => number;
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly inForce: InForce,
    seed: number,
    private readonly units: number,
  ) {
    this.random = seeded(seed);
  }

  /** The next prediction; every other one has an outcome. */
  next(): Life {
    const number = (this.sent.predictions += 1);
    const predictionId = uuidv7();
    const drawn = this.draw(number % 2 === 0);
    const value = this.count(drawn, number);
    return { predictionId, served: this.servedOf(predictionId, drawn), outcomes: this.outcomesOf(predictionId, value) };
  }

  /** By arm and metric. */
  counted(): Map<string, Counted> {
    return new Map([...this.entries].map(([place, entry]) => [place, countedOf(place, entry)]));
  }

  /** What goes wrong, or is not counted, befalls those without an outcome. */
  private draw(hasOutcome: boolean): Drawn {
    const unit = Math.floor(this.random() * this.units);
    const fate = hasOutcome ? 99 : Math.floor(this.random() * 100);
    const armStatus = fate < 2 ? 'cancelled' : fate < 8 ? 'error' : 'ok';
    const latencyMs = 1 + Math.floor(this.random() * 40);
    return { unit, arm: unit % 2 === 0 ? 'v1' : 'v2', armStatus, excluded: fate >= 8 && fate < 10, latencyMs };
  }

  /** Enters it in the book; gives the outcome that is to come, if one is. */
  private count(drawn: Drawn, number: number): { metric: string; first: unknown; revised?: unknown } | undefined {
    const { unit, arm, armStatus, excluded, latencyMs } = drawn;
    if (excluded || armStatus === 'cancelled') {
      this.entry(arm, 'error-rate').excluded += 1;
      return undefined;
    }
    const failed = armStatus === 'error';
    this.add(arm, 'error-rate', unit, Number(failed));
    this.add(arm, 'client-error-rate', unit, 0);
    if (!failed) this.add(arm, 'latency', unit, latencyMs);
    const kind = number % 2 === 0 ? ['correct', 'clicked', 'revenue'][(number / 2) % 3] : undefined;
    const [first, second] = [this.random(), this.random()];
    const isRevised = kind !== undefined && this.random() < 0.02;
    const last = isRevised ? second : first;
    const [click, spent] = [kind === 'clicked' && last < 0.3 ? 1 : 0, kind === 'revenue' ? quarters(last) : undefined];
    this.add(arm, 'clicked', unit, click);
    this.add(arm, 'spent-per-click', unit, click, 'denominator');
    if (spent !== undefined) this.add(arm, 'spent-per-click', unit, spent, 'numerator');
    if (spent !== undefined) this.add(arm, 'revenue', unit, spent, 'unit');
    if (kind === 'correct') this.add(arm, 'correct', unit, Number(last < 0.9));
    if (kind === undefined) return undefined;
    return { metric: kind, first: valueOf(kind, first), ...(isRevised && { revised: valueOf(kind, second) }) };
  }

  private add(
    arm: string,
    metric: string,
    unit: number,
    value: number,
    as: 'prediction' | 'unit' | 'numerator' | 'denominator' = 'prediction',
  ): void {
    const entry = this.entry(arm, metric);
    const total = entry.units.get(unit) ?? { y: 0, d: 0 };
    entry.units.set(unit, total);
    if (as !== 'numerator') entry.n += 1;
    if (as !== 'denominator') {
      entry.sum += value;
      entry.sumSquares += value * value;
      total.y += h * value;
    }
    if (as === 'prediction') total.d += h;
    if (as === 'unit') total.d = h;
    if (as === 'denominator') total.d += h * value;
  }

  private entry(arm: string, metric: string): Entry {
    const place = `${arm} ${metric}`;
    const entry = this.entries.get(place) ?? { n: 0, sum: 0, sumSquares: 0, excluded: 0, units: new Map() };
    this.entries.set(place, entry);
    return entry;
  }

  private servedOf(predictionId: string, { unit, arm, armStatus, excluded, latencyMs }: Drawn): object {
    const { model, rollout, revision, epoch } = this.inForce;
    const body = { outputs: [{ name: 'label', shape: [1], datatype: 'BYTES', data: ['spam'] }] };
    const response = { kind: 'json', contentType: 'application/json', size: 80, body };
    return {
      ...{ predictionId, model, rollout, attempt: 1, stage: 0, step: 0, epoch, weights: half, arm, armStatus },
      ...(armStatus === 'ok' && { armHttpStatus: 200, answeredBy: arm, capture: { response } }),
      ...{ armLatencyMs: latencyMs, propensity: 0.5, assignment: 'unit', policyRevision: revision },
      ...{ unit: `unit-${unit}`, attributes: { region: unit % 3 === 0 ? 'eu' : 'us' }, reason: 'weights' },
      ...{ status: armStatus === 'ok' ? 200 : 503, latencyMs: latencyMs + 1, ...(excluded && { excluded }) },
      ...{ servedAt: new Date().toISOString(), router: 'million' },
    };
  }

  private outcomesOf(predictionId: string, outcome: ReturnType<MillionBook['count']>): object[] {
    if (!outcome) return [];
    const { metric, first, revised } = outcome;
    this.sent.outcomes += 1;
    const told = { predictionId, metric, value: first };
    const isTwice = this.random() < 0.02;
    if (isTwice) this.sent.duplicates += 1;
    // a revision that says the same is a duplicate
    if (revised !== undefined) this.sent[revised === first ? 'duplicates' : 'revisions'] += 1;
    return [
      told,
      ...(isTwice ? [told] : []),
      ...(revised === undefined ? [] : [{ ...told, value: revised, revision: 1 }]),
    ];
  }
}

function quarters(drawn: number): number {
  return Math.floor(drawn * 400) / 4;
}

function valueOf(metric: string, drawn: number): unknown {
  if (metric === 'revenue') return quarters(drawn);
  return metric === 'clicked' ? drawn < 0.3 : drawn < 0.9 ? 'spam' : 'ham';
}

/** A unit's exposure is told with its error rate. */
function countedOf(place: string, { n, sum, sumSquares, excluded, units }: Entry): Counted {
  const unitSums = { n: units.size, y: 0, d: 0, yy: 0, yd: 0, dd: 0 };
  for (const { y, d } of units.values()) {
    unitSums.y += y;
    unitSums.d += d;
    unitSums.yy += y * y;
    unitSums.yd += y * d;
    unitSums.dd += d * d;
  }
  const isExposure = place.endsWith(' error-rate');
  const isRatio = place.endsWith(' spent-per-click');
  const isLatency = place.endsWith(' latency');
  const newUnits = isExposure ? units.size : 0;
  return { n, sum, sumSquares, newUnits, firsts: isRatio || isLatency ? 0 : units.size, unitSums, excluded };
}
