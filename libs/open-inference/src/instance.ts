// An instance of a version: its server, what is known of its health, and the probe that keeps that up to date.
import { InstanceHealth, type CallResult, type HealthOptions } from './instance-health';
import { type ModelAnswer, type ModelCall, type ModelServer } from './model-server';
import { type ServerModel } from './paths';
import { probe } from './probe';

export interface ProbeTiming {
  /** Between the end of a probe and the start of the next. Default 1000. */
  readonly intervalMs: number;
  /** Default 1000. */
  readonly timeoutMs: number;
}

export class Instance {
  readonly health: InstanceHealth;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    readonly server: ModelServer,
    private readonly model: ServerModel | undefined,
    private readonly timing: ProbeTiming,
    private readonly nowMs: () => number,
    health: HealthOptions = {},
  ) {
    this.health = new InstanceHealth(health);
    void this.probe();
  }

  async call(call: ModelCall): Promise<ModelAnswer> {
    const number = this.health.begin(this.nowMs());
    const answer = await this.server.call(call);
    this.health.end(number, shownBy(answer), this.nowMs());
    return answer;
  }

  /** Calls under way finish. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.server.close();
  }

  private async probe(): Promise<void> {
    const result = await probe(this.server, this.model, this.timing.timeoutMs);
    if (this.closed) return;
    this.health.probed(result);
    this.timer = setTimeout(() => void this.probe(), this.timing.intervalMs);
    this.timer.unref();
  }
}

function shownBy(answer: ModelAnswer): CallResult {
  if (answer.kind === 'answered') return answer.status >= 500 ? 'error' : 'good';
  if (answer.cause === 'cancelled') return 'unknown';
  return answer.cause === 'unreachable' ? 'refused' : 'no-answer';
}
