// Copies of answers for callers over Kafka.
import { type Producer } from '@weir/bus';
import { type PredictionRequested } from '@weir/contracts';
import { type Logger } from '@weir/service';
import { isSpliceable } from '../../domain/json-text';
import { type Routed } from '../../domain/prediction';
import { type ReplySender } from '../../answer-requested';

export class KafkaReplies implements ReplySender {
  constructor(
    private readonly producer: Producer,
    private readonly logger: Logger,
    private readonly failed: () => void,
  ) {}

  reply(topic: string, { predictionId, model }: PredictionRequested, routed: Routed): void {
    const value = renderReply(predictionId, model, routed);
    const headers = { 'content-type': 'application/json', 'x-weir-prediction-id': predictionId };
    this.producer.send([{ topic, key: predictionId, value, headers }]).catch((error: unknown) => {
      this.failed();
      this.logger.warn(
        { err: error, topic, predictionId },
        'an answer could not be copied; it is in prediction-served',
      );
    });
  }
}

/** `{predictionId, model, status, version?, assigned?, policy?, response | error}`; the response as it came where it is JSON, else base64. */
export function renderReply(predictionId: string, model: string, routed: Routed): string {
  if (routed.kind === 'refusal')
    return JSON.stringify({ predictionId, model, status: routed.status, error: routed.message });
  const { status, body, answeredBy: version, assigned, policyRevision: policy } = routed;
  const head = JSON.stringify({ predictionId, model, status, version, assigned, policy }).slice(0, -1);
  const text = body.toString('utf8');
  if (isSpliceable(text)) return `${head},"response":${text}}`;
  return `${head},"responseBase64":${JSON.stringify(body.toString('base64'))}}`;
}
