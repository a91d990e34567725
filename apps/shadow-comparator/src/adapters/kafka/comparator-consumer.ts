// What the comparator consumes: predictions, and what came of them. Policies it reads whole, into memory (start-comparator.ts).
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchEvents, type Chunk } from '@weir/bus';
import { outcomeJoined, type OutcomeJoined } from '@weir/contracts';
import { ComparePredictions } from '../../compare-prediction';
import { JudgeOutcomes } from '../../judge-outcomes';
import { seenPrediction, type SeenPrediction } from '../../seen-prediction';

@Controller()
export class ComparatorConsumer {
  constructor(
    private readonly predictions: ComparePredictions,
    private readonly outcomes: JudgeOutcomes,
  ) {}

  @BatchEvents(outcomeJoined)
  onOutcomes(@Payload() chunk: Chunk<OutcomeJoined>): Promise<void> {
    return this.outcomes.judge(chunk);
  }

  @BatchEvents(seenPrediction)
  onPredictions(@Payload() chunk: Chunk<SeenPrediction>): Promise<void> {
    return this.predictions.compare(chunk);
  }
}
