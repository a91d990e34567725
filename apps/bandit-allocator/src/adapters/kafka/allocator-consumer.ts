// What the allocator consumes: outcomes. Policies it reads whole, into memory (start-allocator.ts).
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchEvents, type Chunk } from '@weir/bus';
import { outcomeJoined, type OutcomeJoined } from '@weir/contracts';
import { LearnOutcomes } from '../../learn-outcomes';

@Controller()
export class AllocatorConsumer {
  constructor(private readonly outcomes: LearnOutcomes) {}

  @BatchEvents(outcomeJoined)
  onOutcomes(@Payload() chunk: Chunk<OutcomeJoined>): Promise<void> {
    return this.outcomes.learn(chunk);
  }
}
