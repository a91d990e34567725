// Callers of the system under test: predictions at a steady rate, outcomes that follow them, and a book of what was sent and answered.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { seeded } from './seeded';

export interface Answer {
  readonly predictionId: string;
  readonly unit: string;
  readonly status: number;
  readonly version: string | null;
  readonly assigned: string | null;
  readonly sentAtMs: number;
  readonly tookMs: number;
}

/** A caller that got no answer at all. */
export interface Failure {
  readonly predictionId: string;
  readonly error: string;
  readonly sentAtMs: number;
  readonly tookMs: number;
}

const mostBehindMs = 250;

export interface TrafficOptions {
  /** Router base URLs, taken in turn; a router that cannot be reached is left for the next. */
  readonly routers: readonly string[];
  readonly collector: string;
  readonly model: string;
  readonly ratePerSecond: number;
  readonly units: number;
  readonly seed: number;
  /** Of all predictions: the share whose outcome is sent twice, and the share whose outcome never comes. */
  readonly twice?: number;
  readonly never?: number;
  /** Mean delay of an outcome, milliseconds (exponential). */
  readonly outcomeDelayMs?: number;
  readonly metric?: string;
  readonly value?: (random: () => number, answer: Answer) => unknown;
}

const senders = 4;
const outcomesACall = 50;

/** Predictions and outcomes as a producer sends them. Every answer is kept; outcomes are retried with one key until they are taken. */
export class Traffic {
  readonly answers: Answer[] = [];
  readonly failures: Failure[] = [];
  /** Why another router was asked: how often for each reason. */
  readonly failovers = new Map<string, number>();
  outcomesSent = 0;
  private readonly random: () => number;
  private readonly outcomes = new Set<Promise<void>>();
  private readonly predictions = new Set<Promise<void>>();
  private readonly senders = new Set<Promise<void>>();
  private readonly due: unknown[] = [];
  private running = true;
  private turn = 0;

  constructor(private readonly options: TrafficOptions) {
    this.random = seeded(options.seed);
  }

  /** Predictions sent and not answered. */
  get underWay(): number {
    return this.predictions.size;
  }

  /** Outcomes that wait for a call. */
  get outcomesDue(): number {
    return this.due.length;
  }

  /** Sends until stopped. Open loop: a slow answer does not hold back the next prediction. */
  async run(): Promise<void> {
    let startedMs = performance.now();
    for (let sent = 0; this.running; sent += 1) {
      const dueMs = (sent * 1_000) / this.options.ratePerSecond;
      const waitMs = startedMs + dueMs - performance.now();
      // this process was held up, models and all: seconds of predictions at one instant are not what callers do
      if (waitMs < -mostBehindMs) startedMs -= waitMs;
      if (waitMs > 0) await pause(waitMs);
      // stopped meanwhile: nobody waits for what is sent now
      if (!this.running) return;
      track(this.predictions, this.predict());
    }
  }

  /** Ends the traffic, waits for the last answers, and for outcomes to be taken. */
  async stop(): Promise<void> {
    this.running = false;
    while (this.predictions.size > 0) await Promise.all(this.predictions);
    while (this.outcomes.size + this.senders.size > 0) await Promise.all([...this.outcomes, ...this.senders]);
  }

  private async predict(): Promise<void> {
    const unit = `unit-${Math.floor(this.random() * this.options.units)}`;
    const predictionId = randomUUID();
    const sentAtMs = performance.now();
    try {
      const response = await this.callSome(predictionId, unit);
      await response.arrayBuffer();
      const answer: Answer = {
        predictionId,
        unit,
        status: response.status,
        version: response.headers.get('x-weir-version'),
        assigned: response.headers.get('x-weir-assigned'),
        sentAtMs,
        tookMs: performance.now() - sentAtMs,
      };
      this.answers.push(answer);
      if (answer.status === 200) track(this.outcomes, this.follow(answer));
    } catch (error) {
      const tookMs = performance.now() - sentAtMs;
      this.failures.push({ predictionId, error: String((error as Error).cause ?? error), sentAtMs, tookMs });
    }
  }

  /** Asks each router once, in turn: a router that cannot be reached is left for the next. */
  private async callSome(predictionId: string, unit: string): Promise<Response> {
    const { routers } = this.options;
    const first = this.turn++;
    for (let tried = 0; ; tried += 1) {
      try {
        return await this.call(routers[(first + tried) % routers.length] ?? '', predictionId, unit);
      } catch (error) {
        if (tried + 1 >= routers.length) throw error;
        const { cause } = error as { cause?: { code?: string } };
        const reason = cause?.code ?? String(cause ?? error);
        this.failovers.set(reason, (this.failovers.get(reason) ?? 0) + 1);
      }
    }
  }

  private call(router: string, predictionId: string, unit: string): Promise<Response> {
    const { model } = this.options;
    return fetch(`${router}/v2/models/${model}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-weir-unit': unit, 'x-weir-prediction-id': predictionId },
      body: JSON.stringify({ inputs: [{ name: 'x', shape: [1], datatype: 'FP32', data: [1] }] }),
      signal: AbortSignal.timeout(60_000),
    });
  }

  private async follow(answer: Answer): Promise<void> {
    const { twice = 0.05, never = 0.05, outcomeDelayMs = 500 } = this.options;
    const [fate, delay] = [this.random(), -Math.log(1 - this.random()) * outcomeDelayMs];
    const value = this.options.value?.(this.random, answer) ?? this.random() < 0.9;
    if (fate < never) return;
    await pause(Math.min(delay, 10_000));
    const { metric = 'correct' } = this.options;
    const outcome = { predictionId: answer.predictionId, metric, value };
    this.due.push(outcome, ...(fate < never + twice ? [outcome] : []));
    while (this.senders.size < senders && this.due.length > 0) track(this.senders, this.report());
  }

  /** One call after the other, each with what is due by then: a collector that was away is not met by a thousand calls. */
  private async report(): Promise<void> {
    while (this.due.length > 0) {
      const call = this.due.splice(0, outcomesACall);
      await reportOutcome(this.options.collector, call);
      this.outcomesSent += call.length;
    }
  }
}

/** Sends outcomes until they are taken, under one idempotency key: an answer lost on the way is not counted twice. */
export async function reportOutcome(
  collector: string,
  outcomes: readonly unknown[],
  withinMs = 120_000,
): Promise<void> {
  const key = randomUUID();
  const deadline = performance.now() + withinMs;
  for (;;) {
    const status = await fetch(`${collector}/api/v1/outcomes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ outcomes }),
      signal: AbortSignal.timeout(10_000),
    }).then(
      async (response) => (await response.arrayBuffer(), response.status),
      () => 0,
    );
    if (status === 202) return;
    if (status >= 400 && status < 500 && status !== 409 && status !== 429)
      throw new Error(`outcomes refused: ${status}`);
    if (performance.now() > deadline)
      throw new Error(`outcomes not taken within ${withinMs} ms (last status ${status})`);
    await pause(200);
  }
}

function track(set: Set<Promise<void>>, promise: Promise<void>): void {
  const kept = promise.finally(() => set.delete(kept));
  set.add(kept);
}
