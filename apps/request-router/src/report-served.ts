// A caller says how its own call of the model went. Taken as it is: the collector knows the decision, and which report was the first.
import { type ServedReport } from '@weir/contracts';
import { type Clock, type DecisionLog, type DecisionObserver, type Models } from './ports';

export class ReportServed {
  constructor(
    private readonly models: Models,
    private readonly log: DecisionLog,
    private readonly observer: DecisionObserver,
    private readonly clock: Clock,
    private readonly options: { readonly router: string; readonly durable: boolean },
  ) {}

  /** False: no such model. */
  async report(model: string, report: ServedReport, traceparent: string | undefined): Promise<boolean> {
    if (!this.models.find(model)) return false;
    const { log, clock, options } = this;
    const reportedAt = new Date(clock.nowMs()).toISOString();
    const event = { ...report, model, reportedAt, router: options.router };
    const entry = { kind: 'reported', event, traceparent } as const;
    if (options.durable) await log.append(entry);
    else log.record(entry);
    this.observer.reported(model);
    return true;
  }
}
