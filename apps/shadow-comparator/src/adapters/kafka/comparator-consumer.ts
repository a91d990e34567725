// What the comparator consumes: predictions. Policies it reads whole, into memory (start-comparator.ts).
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchEvents, type Chunk } from '@weir/bus';
import { ComparePredictions } from '../../compare-prediction';
import { seenPrediction, type SeenPrediction } from '../../seen-prediction';

@Controller()
export class ComparatorConsumer {
  constructor(private readonly predictions: ComparePredictions) {}

  @BatchEvents(seenPrediction)
  onPredictions(@Payload() chunk: Chunk<SeenPrediction>): Promise<void> {
    return this.predictions.compare(chunk);
  }
}
