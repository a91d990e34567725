// What the controller hears: which policy each router serves by, and the evidence of collector and comparator.
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchEvents, type Chunk, type Ledger } from '@weir/bus';
import { evidence, policyApplied, type Evidence, type PolicyApplied } from '@weir/contracts';
import { PostgresEvidence, PostgresRouters } from '../postgres/postgres-evidence';

@Controller()
export class ControllerConsumer {
  constructor(
    @Inject('Ledger') private readonly ledger: Ledger,
    /** Called when a router has said something new: a rollback may have arrived. */
    @Inject('Heard') private readonly heard: () => void,
  ) {}

  @BatchEvents(policyApplied, { tombstones: true })
  async hearRouters(@Payload() chunk: Chunk<PolicyApplied | null>): Promise<void> {
    await this.ledger.apply(chunk, async (tx, fresh) => {
      const routers = new PostgresRouters(tx);
      for (const { event, record } of fresh) {
        if (event) await routers.hear(event, record.timestampMs);
        else if (record.key !== null) await routers.forget(record.key);
      }
    });
    this.heard();
  }

  @BatchEvents(evidence)
  async keepEvidence(@Payload() chunk: Chunk<Evidence>): Promise<void> {
    await this.ledger.apply(chunk, (tx, fresh) => new PostgresEvidence(tx).upsert(fresh.map(({ event }) => event)));
  }
}
