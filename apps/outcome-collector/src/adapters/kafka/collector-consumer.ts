// What the collector consumes, topic by topic.
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchEvents, type Chunk } from '@weir/bus';
import {
  outcomeReported,
  policyPublished,
  predictionDecided,
  predictionReported,
  predictionServed,
  type OutcomeReported,
  type PolicyPublished,
  type PredictionDecided,
  type PredictionReported,
  type PredictionServed,
} from '@weir/contracts';
import { FollowPolicy } from '../../follow-policy';
import { RecordPredictions } from '../../record-prediction';
import { ReportOutcomes } from '../../report-outcome';
import { SettleDecided } from '../../settle-decided';

@Controller()
export class CollectorConsumer {
  constructor(
    private readonly policies: FollowPolicy,
    private readonly predictions: RecordPredictions,
    private readonly outcomes: ReportOutcomes,
    private readonly settle: SettleDecided,
  ) {}

  @BatchEvents(policyPublished, { max: 50 })
  onPolicies(@Payload() chunk: Chunk<PolicyPublished>): Promise<void> {
    return this.policies.follow(chunk);
  }

  @BatchEvents(predictionServed)
  onPredictions(@Payload() chunk: Chunk<PredictionServed>): Promise<void> {
    return this.predictions.record(chunk);
  }

  @BatchEvents(predictionDecided)
  onDecided(@Payload() chunk: Chunk<PredictionDecided>): Promise<void> {
    return this.settle.decided(chunk);
  }

  @BatchEvents(predictionReported)
  onReported(@Payload() chunk: Chunk<PredictionReported>): Promise<void> {
    return this.settle.reported(chunk);
  }

  @BatchEvents(outcomeReported, { after: predictionServed })
  onOutcomes(@Payload() chunk: Chunk<OutcomeReported>): Promise<void> {
    return this.outcomes.consume(chunk);
  }
}
