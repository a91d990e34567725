// What the controller hears: which policy each router serves by, the evidence of collector and comparator, the weights that a bandit asks for.
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { BatchEvents, type Chunk, type Ledger } from '@weir/bus';
import {
  evidence,
  policyApplied,
  weightsAllocated,
  type Evidence,
  type PolicyApplied,
  type WeightsAllocated,
} from '@weir/contracts';
import { AcceptWeights } from '../../accept-weights';
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
    private readonly weights: AcceptWeights,
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

  /** The newest of each rollout: what came before it in a chunk is not what its arms have earned by now. Accepting is idempotent by sequence. */
  @BatchEvents(weightsAllocated)
  async acceptWeights(@Payload() chunk: Chunk<WeightsAllocated>): Promise<void> {
    const newest = new Map(chunk.records.map(({ event }) => [`${event.rollout} ${event.stage}`, event]));
    for (const event of newest.values()) await this.weights.accept(event);
    const last = chunk.records.at(-1)?.record.offset;
    const { topic, partition } = chunk;
    if (last !== undefined) await this.ledger.advance({ topic, partition, next: BigInt(last) + 1n });
    this.judging.wake([...newest.values()].map(({ rollout }) => rollout)); // the stop rule may hold
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
