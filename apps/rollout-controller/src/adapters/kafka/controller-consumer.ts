// What the controller hears: which policy each router serves by, and the evidence of collector and comparator.
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchEvents, type Chunk, type Ledger } from '@weir/bus';
import { evidence, policyApplied, type Evidence, type PolicyApplied } from '@weir/contracts';
import { Judging } from '../judging';
import { PostgresEvidence, PostgresRouters } from '../postgres/postgres-evidence';
import { PostgresPairs } from '../postgres/postgres-pairs';

@Controller()
export class ControllerConsumer {
  constructor(
    @Inject('Ledger') private readonly ledger: Ledger,
    /** Called when a router has said something new: a rollback may have arrived. */
    @Inject('Heard') private readonly heard: () => void,
    private readonly judging: Judging,
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
    this.judging.wake(); // a step may have waited for that router
  }

  @BatchEvents(evidence)
  async keepEvidence(@Payload() chunk: Chunk<Evidence>): Promise<void> {
    const closed = new Set<string>();
    await this.ledger.apply(chunk, async (tx, fresh) => {
      const events = fresh.map(({ event }) => event);
      for (const { final, rollout } of events) if (final) closed.add(rollout);
      // the comparator's windows are its own: among the collector's they would never come whole
      await new PostgresEvidence(tx).upsert(events.filter(({ source }) => source !== 'comparator'));
      await new PostgresPairs(tx).add(events.filter(({ source, final }) => source === 'comparator' && final));
    });
    if (closed.size > 0) this.judging.wake([...closed]);
  }
}
