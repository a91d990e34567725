// Says which policy this router serves by: on change, every 5 s, and for the last time when it stops.
import { type PolicyApplied } from '@weir/contracts';

export interface AnnouncePolicyPorts {
  /** Undefined: nobody serves now, and nothing is said. */
  readonly inForce: () => PolicyApplied['models'] | undefined;
  /** Rejects while Kafka is away. */
  readonly send: (event: PolicyApplied) => Promise<void>;
  readonly nowMs: () => number;
  readonly failed: (error: unknown) => void;
}

export class AnnouncePolicy {
  private timer: NodeJS.Timeout | undefined;
  private sending = false;
  private again = false;
  private stopped = false;

  constructor(
    private readonly router: string,
    private readonly ports: AnnouncePolicyPorts,
    private readonly everyMs = 5_000,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.announce(), this.everyMs);
    this.timer.unref();
    this.announce();
  }

  /** At most one announcement is under way; changes meanwhile make one more. */
  announce(): void {
    if (this.stopped) return; // the last word is the last
    if (this.sending) {
      this.again = true;
      return;
    }
    this.sending = true;
    this.again = false;
    void this.send('serving').finally(() => {
      this.sending = false;
      if (this.again) this.announce();
    });
  }

  /** Nobody waits for this router any more. Tried for at most a moment: a stop must not hang on Kafka. */
  async stop(patienceMs = 2_000): Promise<void> {
    clearInterval(this.timer);
    this.stopped = true;
    let patience: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (patience = setTimeout(resolve, patienceMs)));
    await Promise.race([this.send('stopping'), over]);
    clearTimeout(patience);
  }

  private async send(state: PolicyApplied['state']): Promise<void> {
    const { inForce, send, nowMs, failed } = this.ports;
    const models = inForce();
    if (!models && state === 'serving') return;
    try {
      await send({ router: this.router, models: models ?? {}, state, at: new Date(nowMs()).toISOString() });
    } catch (error) {
      failed(error);
    }
  }
}
