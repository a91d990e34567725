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

/** A transaction is some twenty statements, whatever it counts; a unit that comes twice in it is written once. */
const chunkOfBacklog = 1_000;

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

  @BatchEvents(predictionServed, { max: chunkOfBacklog })
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

  @BatchEvents(outcomeReported, { after: predictionServed, max: chunkOfBacklog })
  onOutcomes(@Payload() chunk: Chunk<OutcomeReported>): Promise<void> {
    return this.outcomes.consume(chunk);
  }
}
