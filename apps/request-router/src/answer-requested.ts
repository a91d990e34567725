// Predictions asked for over Kafka: answered as over HTTP, recorded durably, and copied to the topic that the caller reads.
import { type PredictionRequested } from '@weir/contracts';
import { memberText } from './domain/json-text';
import { type Prediction, type Routed } from './domain/prediction';
import { type Clock, type Models } from './ports';
import { type RoutePrediction } from './route-prediction';

export interface Requested {
  readonly event: PredictionRequested;
  /** The record's value: the request in it is passed on as it stands there. */
  readonly text: string;
  readonly replyTo: string | undefined;
  readonly traceparent: string | undefined;
}

/** Why a request cannot be served, ever: for the dead letters. */
export interface RequestRefusal {
  readonly code: 'unknown-model' | 'wrong-protocol' | 'reply-topic-refused' | 'too-many-attributes';
  readonly message: string;
}

export interface ReplySender {
  /** Failures are counted and logged: the answer is in prediction-served too. */
  reply(topic: string, requested: PredictionRequested, routed: Routed): void;
}

const maxAttributeCharacters = 16_384;

export class AnswerRequested {
  constructor(
    private readonly models: Models,
    private readonly route: RoutePrediction,
    private readonly replies: ReplySender,
    private readonly mayReplyTo: (topic: string) => boolean,
    private readonly clock: Clock,
    private readonly newId: () => string,
  ) {}

  refusal({ event, replyTo }: Requested): RequestRefusal | undefined {
    const model = this.models.find(event.model);
    if (!model) return { code: 'unknown-model', message: `unknown model ${event.model}` };
    if (model.policy.protocol === 'raw')
      return { code: 'wrong-protocol', message: `${event.model} does not speak the Open Inference Protocol` };
    if (replyTo !== undefined && !this.mayReplyTo(replyTo))
      return { code: 'reply-topic-refused', message: `answers may not be copied to ${replyTo.slice(0, 200)}` };
    if (JSON.stringify(event.attributes ?? {}).length > maxAttributeCharacters)
      return {
        code: 'too-many-attributes',
        message: `the attributes have more than ${maxAttributeCharacters} characters`,
      };
    return undefined;
  }

  /** Resolves when the record is on disk: only then may the request's offset be committed. */
  async answer(requested: Requested): Promise<void> {
    const routed = await this.route.route(this.prediction(requested));
    if (requested.replyTo !== undefined) this.replies.reply(requested.replyTo, requested.event, routed);
  }

  private prediction({ event, text, traceparent }: Requested): Prediction {
    const arrivedMs = this.clock.steadyMs();
    return {
      predictionId: event.predictionId,
      recordId: this.newId(),
      model: event.model,
      pinned: undefined,
      unit: event.unit,
      attributes: event.attributes ?? {},
      excluded: false,
      timeoutMs: event.deadline === undefined ? undefined : Date.parse(event.deadline) - this.clock.nowMs(),
      headers: ['content-type', 'application/json', ...(traceparent === undefined ? [] : ['traceparent', traceparent])],
      body: Buffer.from(memberText(text, 'request') ?? '{}'),
      contentType: 'application/json',
      rawPath: undefined,
      traceparent,
      cancellation: undefined,
      arrivedMs,
      durable: true,
      keepAnswer: true,
    };
  }
}
