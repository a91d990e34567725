// The life of a prediction begins here: decide who answers, ask, fall back to stable where the candidate fails, record, answer.
import { decide, type Decision } from '@weir/routing';
import { attempt, notAsked, type Attempt } from './ask-version';
import { describePrediction } from './describe-prediction';
import { answerOf, refuse, type Prediction, type Routed } from './domain/prediction';
import { type Clock, type Models, type Observer, type PredictionLog, type ServedModel } from './ports';

export class RoutePrediction {
  constructor(
    private readonly models: Models,
    private readonly log: PredictionLog,
    private readonly observer: Observer,
    private readonly clock: Clock,
    private readonly options: { readonly router: string; readonly durable: boolean },
  ) {}

  /** Exactly one record per prediction that was assigned to an arm, whatever came of it. */
  async route(prediction: Prediction): Promise<Routed> {
    const model = this.models.find(prediction.model);
    if (!model) return refuse(404, `unknown model ${prediction.model}`);
    if (prediction.pinned !== undefined && !model.versions.has(prediction.pinned))
      return refuse(404, `unknown version ${prediction.pinned} of model ${prediction.model}`);

    const decision = decide(model.snapshot, prediction);
    const { assigned, fallback } = await this.ask(model, decision, prediction);
    const routed = answerOf(fallback ?? assigned, decision, prediction);
    return this.record(model, decision, prediction, assigned, fallback, routed);
  }

  /** The assigned version first; while stable could still answer, it gets half of the time. One fallback, never a second. */
  private async ask(
    model: ServedModel,
    decision: Decision,
    prediction: Prediction,
  ): Promise<{ assigned: Attempt; fallback: Attempt | undefined }> {
    const stable = model.policy.stable;
    const timeoutMs = Math.min(prediction.timeoutMs ?? Infinity, model.policy.timeoutMs);
    const leftMs = (): number => timeoutMs - (this.clock.steadyMs() - prediction.arrivedMs);
    const mayFallBack = decision.arm !== stable && decision.reason !== 'pinned' && sizeOf(model, stable) > 0;
    const strict = model.policy.protocol === 'open-inference' && (mayFallBack || decision.rollout !== undefined);
    const ask = (version: string, budgetMs: number, lastResort: boolean): Promise<Attempt> =>
      budgetMs > 0
        ? attempt(model, version, prediction, { timeoutMs: Math.ceil(budgetMs), lastResort, strict }, this.clock)
        : Promise.resolve(notAsked(version));

    const assigned = await ask(decision.arm, mayFallBack ? leftMs() / 2 : leftMs(), !mayFallBack);
    const failed = assigned.status !== 'ok' && assigned.status !== 'cancelled';
    if (!failed || !mayFallBack || leftMs() <= 0) return { assigned, fallback: undefined };
    return { assigned, fallback: await ask(stable, leftMs(), true) };
  }

  private async record(
    model: ServedModel,
    decision: Decision,
    prediction: Prediction,
    assigned: Attempt,
    fallback: Attempt | undefined,
    routed: Routed,
  ): Promise<Routed> {
    const totalMs = this.clock.steadyMs() - prediction.arrivedMs;
    const told = { ...this.options, nowMs: this.clock.nowMs(), totalMs };
    const entry = describePrediction(model, decision, prediction, assigned, routed, told);
    this.observer.predicted({
      model: prediction.model,
      version: decision.arm,
      armStatus: assigned.status,
      fallback: fallback !== undefined,
      upstreamMs: assigned.latencyMs + (fallback?.latencyMs ?? 0),
      totalMs,
    });
    if (!this.options.durable && !prediction.durable) this.log.record(entry);
    else await this.log.append(entry);
    return routed;
  }
}

function sizeOf(model: ServedModel, version: string): number {
  return model.versions.get(version)?.servers.size ?? 0;
}
