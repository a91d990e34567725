// Whether an instance should be asked: what probes say, and what calls have shown. Time is passed in.

/** no-answer: timeouts and broken connections; errors: answers of 500 and above. */
export type OpenedBy = 'no-answer' | 'errors';

/** ready: nothing speaks against it; unready: by its probes or a refused connection; open: its circuit lets only trials through. */
export type InstanceState = 'ready' | 'unready' | 'open';

/** What a call has shown. unknown: the caller left before there was anything to see. */
export type CallResult = 'good' | 'error' | 'no-answer' | 'refused' | 'unknown';

/** not-ready: the server said so; no-answer: it said nothing in time. */
export type ProbeResult = 'ready' | 'not-ready' | 'no-answer';

export interface HealthOptions {
  /** Whether one more instance of the version may be set aside for its errors. Default: never. */
  readonly mayEject?: () => boolean;
  readonly opened?: (by: OpenedBy) => void;
}

const failuresToOpen = 5;
const firstPauseMs = 1_000;
/** A server that is back is found within this time, whatever it did before. */
const longestPauseMs = 3_000;
/** After this long without an opening, the next pause is short again. */
const forgivenAfterMs = 30_000;

/**
 * Ready until shown otherwise. Two failed probes in a row, or one refused connection, make it unready until a probe succeeds; a probe
 * without an answer says nothing while calls are answered, for then it is this machine that is slow, or the server that is busy.
 * Five calls in a row without an answer open the circuit; so do five without a good answer, but only where `mayEject`, for another
 * instance must do better. While it is open, one call a pause is let through as a trial: a good answer closes the circuit, another
 * failure doubles the pause. Calls that began before the opening have no say any more.
 */
export class InstanceHealth {
  private unready = false;
  private probeFailures = 0;
  private answeredSinceProbe = false;
  private bad = 0;
  private unanswered = 0;
  private open = false;
  private trialFromMs = 0;
  private pauseMs = firstPauseMs;
  private openedMs = -Infinity;
  /** Calls are numbered as they begin. */
  private calls = 0;
  private lastBeforeOpening = 0;
  private trial = 0;

  constructor(private readonly options: HealthOptions = {}) {}

  get state(): InstanceState {
    if (this.unready) return 'unready';
    return this.open ? 'open' : 'ready';
  }

  /** True also where only a trial would be let through. */
  available(nowMs: number): boolean {
    return !this.unready && (!this.open || (this.trial === 0 && nowMs >= this.trialFromMs));
  }

  probed(result: ProbeResult): void {
    const ready = result === 'ready';
    const contradicted = result === 'no-answer' && this.answeredSinceProbe;
    this.answeredSinceProbe = false;
    this.probeFailures = ready || contradicted ? 0 : this.probeFailures + 1;
    if (!ready && this.probeFailures >= 2) this.unready = true;
    if (!ready || !this.unready) return;
    this.unready = false;
    // it was away and is back: no reason to wait for a pause that its absence had made long
    this.trialFromMs = 0;
    this.pauseMs = firstPauseMs;
  }

  /** The number of the call, to be handed back with its result. */
  begin(nowMs: number): number {
    const call = ++this.calls;
    if (this.open && this.trial === 0 && nowMs >= this.trialFromMs) this.trial = call;
    return call;
  }

  end(call: number, result: CallResult, nowMs: number): void {
    const wasTrial = call === this.trial;
    if (wasTrial) this.trial = 0;
    if (result === 'unknown') return;
    if (result === 'good' || result === 'error') this.answeredSinceProbe = true;
    if (result === 'refused') this.unready = true;
    else if (call <= this.lastBeforeOpening) return;
    else if (result === 'good') this.close();
    else this.failed(result, wasTrial, nowMs);
  }

  private close(): void {
    this.open = false;
    this.bad = 0;
    this.unanswered = 0;
  }

  private failed(result: OpenedBy | 'error', wasTrial: boolean, nowMs: number): void {
    this.bad++;
    this.unanswered = result === 'no-answer' ? this.unanswered + 1 : 0;
    if (this.open && !wasTrial) return; // asked because nobody else could be: it tells nothing new
    const by = this.reasonToOpen(wasTrial && result === 'no-answer');
    if (by) this.setAside(by, nowMs);
    else this.open = false;
  }

  private reasonToOpen(failedTrial: boolean): OpenedBy | undefined {
    if (failedTrial || this.unanswered >= failuresToOpen) return 'no-answer';
    return this.bad >= failuresToOpen && this.options.mayEject?.() ? 'errors' : undefined;
  }

  private setAside(by: OpenedBy, nowMs: number): void {
    this.pauseMs = nowMs - this.openedMs > forgivenAfterMs ? firstPauseMs : Math.min(this.pauseMs * 2, longestPauseMs);
    this.open = true;
    this.openedMs = nowMs;
    this.trialFromMs = nowMs + this.pauseMs;
    this.lastBeforeOpening = this.calls;
    this.options.opened?.(by);
  }
}
