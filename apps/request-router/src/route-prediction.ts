// The life of a prediction begins here: decide who answers, ask, fall back to stable where the candidate fails, record, answer.
import { decide } from '@weir/routing';
import { askVersions, hasNoRoom } from './ask-versions';
import { describePrediction, type Life } from './describe-prediction';
import { answerOf, overloaded, refuse, type Prediction, type Routed } from './domain/prediction';
import { type Clock, type Models, type Observer, type PredictionLog } from './ports';

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
    // where the caller reads the answer from the record, there must be one
    if (!prediction.keepAnswer && hasNoRoom(model, decision)) return overloaded;
    const { assigned, fallback } = await askVersions(model, decision, prediction, this.clock);
    const routed = answerOf(fallback ?? assigned, decision, prediction);
    await this.record({ model, prediction, decision, assigned, fallback, routed });
    return routed;
  }

  /** Buffered, the answer waits for nothing; durable, for the disk. */
  private record(life: Life): Promise<void> | undefined {
    const totalMs = this.clock.steadyMs() - life.prediction.arrivedMs;
    this.observer.predicted(life, totalMs);
    const entry = describePrediction(life, { router: this.options.router, nowMs: this.clock.nowMs(), totalMs });
    if (this.options.durable || life.prediction.durable) return this.log.append(entry);
    this.log.record(entry);
    return undefined;
  }
}
