// Reports what the mails really were: each outcome when it is due, many in a call, each call until the collector has it.
import { type OutcomeReported, type ReportOutcomesAnswer, reportOutcomesAnswer } from '@weir/contracts';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

export interface ReporterOptions {
  readonly collector: string;
  readonly apiKey?: string | undefined;
  readonly flushEveryMs?: number;
}

export interface OutcomeCounts {
  /** Rows that the collector has taken, those it rejected included. */
  readonly sent: number;
  readonly rejected: number;
  /** Due, and not yet taken by the collector. */
  readonly waiting: number;
  /** Given up while the collector was away for too long. */
  readonly dropped: number;
  /** Why the collector did not take the last call; undefined once it did. */
  readonly problem?: string | undefined;
}

const mostInCall = 500;
/** More than an hour of the example's traffic; what comes on top while the collector is away is given up. */
const mostWaiting = 500_000;

/** Calls are one at a time: an outcome's repetition never overtakes it. */
export class OutcomeReporter {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly due: OutcomeReported[] = [];
  private flushing: Promise<void> | undefined;
  private sent = 0;
  private rejected = 0;
  private dropped = 0;
  private problem: string | undefined;

  constructor(private readonly options: ReporterOptions) {}

  report(outcome: OutcomeReported, afterMs: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (this.due.length < mostWaiting) this.due.push(outcome);
      else this.dropped++;
      this.flushing ??= this.flush();
    }, afterMs);
    this.timers.add(timer);
  }

  counts(): OutcomeCounts {
    return {
      sent: this.sent,
      rejected: this.rejected,
      waiting: this.due.length,
      dropped: this.dropped,
      problem: this.problem,
    };
  }

  /** Resolves when all that was reported has been due and taken. */
  async drain(): Promise<void> {
    while (this.timers.size > 0 || this.flushing) await (this.flushing ?? sleep(50));
  }

  private async flush(): Promise<void> {
    await sleep(this.options.flushEveryMs ?? 250); // what falls due meanwhile goes along
    while (this.due.length > 0) {
      const batch = this.due.slice(0, mostInCall);
      await this.deliver(batch);
      this.due.splice(0, batch.length);
    }
    this.flushing = undefined;
  }

  /** The same key for every attempt: a call whose answer was lost is answered again, not counted again. */
  private async deliver(outcomes: readonly OutcomeReported[]): Promise<void> {
    const key = randomUUID();
    const body = JSON.stringify({ outcomes });
    for (let attempts = 1; ; attempts++) {
      const answer = await this.post(key, body).catch((error: Error) => error.message);
      if (typeof answer !== 'string') {
        this.sent += outcomes.length;
        this.rejected += answer.rejected.length;
        this.problem = undefined;
        return;
      }
      this.problem = answer;
      await sleep(Math.min(100 * 2 ** attempts, 3_000));
    }
  }

  /** A text says why the call was not taken. */
  private async post(key: string, body: string): Promise<ReportOutcomesAnswer | string> {
    const { collector, apiKey } = this.options;
    const response = await request(`${collector}/api/v1/outcomes`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': key,
        ...(apiKey && { authorization: `Bearer ${apiKey}` }),
      },
      body,
      headersTimeout: 15_000,
    });
    const text = await response.body.text();
    if (response.statusCode !== 202) return `status ${response.statusCode}: ${text.slice(0, 200)}`;
    return reportOutcomesAnswer.parse(JSON.parse(text));
  }
}
