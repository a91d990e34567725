// Decides for a caller that calls the model itself. The decision is on its way to Kafka before the caller has it, so no router need remember it.
import { type PredictionDecided } from '@weir/contracts';
import { decide } from '@weir/routing';
import { type Clock, type DecisionLog, type DecisionObserver, type Models } from './ports';

export interface DecisionAsked {
  readonly predictionId: string;
  readonly model: string;
  readonly unit: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly excluded: boolean;
  /** What the caller is willing to wait for the model; the model's own timeout may be less. */
  readonly timeoutMs: number | undefined;
  readonly traceparent: string | undefined;
}

export interface DecisionGiven {
  readonly predictionId: string;
  readonly version: string;
  /** Base URL of a server of the version, a ready one where there is one; null where the policy names none. */
  readonly instance: string | null;
  /** The policy's revision. */
  readonly policy: number;
}

/** Beyond the prediction's own deadline: the way of the report, and a queue of reports at the caller. */
const reportGraceMs = 60_000;

export class DecidePrediction {
  constructor(
    private readonly models: Models,
    private readonly log: DecisionLog,
    private readonly observer: DecisionObserver,
    private readonly clock: Clock,
    private readonly options: { readonly router: string; readonly durable: boolean },
  ) {}

  /** undefined: no such model. */
  async decide(asked: DecisionAsked): Promise<DecisionGiven | undefined> {
    const model = this.models.find(asked.model);
    if (!model) return undefined;
    const decision = decide(model.snapshot, asked);
    const nowMs = this.clock.nowMs();
    const deadlineMs = Math.min(asked.timeoutMs ?? Infinity, model.policy.timeoutMs);
    const event: PredictionDecided = {
      predictionId: asked.predictionId,
      model: asked.model,
      ...decision,
      ...(asked.unit !== undefined && { unit: asked.unit }),
      attributes: asked.attributes,
      ...(asked.excluded && { excluded: true }),
      ...(decision.reason === 'pinned' && { pinned: true }),
      router: this.options.router,
      decidedAt: new Date(nowMs).toISOString(),
      dueAt: new Date(nowMs + deadlineMs + reportGraceMs).toISOString(),
    };
    const { log, options } = this;
    const entry = { kind: 'decided', event, traceparent: asked.traceparent } as const;
    if (options.durable) await log.append(entry);
    else log.record(entry);
    this.observer.decided(asked.model, decision.arm);
    const instance = model.versions.get(decision.arm)?.servers.pick() ?? null;
    return { predictionId: asked.predictionId, version: decision.arm, instance, policy: decision.policyRevision };
  }
}
