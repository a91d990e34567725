// What the allocator consumes: outcomes. Policies it reads whole, into memory (start-allocator.ts).
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchEvents, type Chunk } from '@weir/bus';
import { outcomeJoined, type OutcomeJoined } from '@weir/contracts';
import { LearnOutcomes } from '../../learn-outcomes';

/** Looks at once whether a bandit is to allocate. */
export const LOOK = Symbol('look');

@Controller()
export class AllocatorConsumer {
  constructor(
    private readonly outcomes: LearnOutcomes,
    @Inject(LOOK) private readonly look: () => void,
  ) {}

  @BatchEvents(outcomeJoined)
  async onOutcomes(@Payload() chunk: Chunk<OutcomeJoined>): Promise<void> {
    if (await this.outcomes.learn(chunk)) this.look();
  }
}
