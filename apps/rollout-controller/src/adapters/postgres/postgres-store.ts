// The store on Postgres: one transaction, all that belongs to it, and the outbox beside it.
import { Outbox, toRecord, type OutgoingRecord } from '@weir/bus';
import { keyPublished, policyPublished, rolloutChanged, type EventContract } from '@weir/contracts';
import { type DataSource, type EntityManager } from 'typeorm';
import { type Announcements, type Store, type Tx } from '../../ports';
import { orUnavailable } from '../or-unavailable';
import { PostgresAudit } from './postgres-audit';
import { PostgresEvidence, PostgresRouters } from './postgres-evidence';
import { PostgresEvidenceSums } from './postgres-evidence-sums';
import { PostgresJudgements } from './postgres-judgements';
import { PostgresAnswers, PostgresKeys } from './postgres-keys';
import { PostgresModels } from './postgres-models';
import { PostgresPairs } from './postgres-pairs';
import { PostgresPolicies } from './postgres-policies';
import { PostgresReadings } from './postgres-readings';
import { PostgresRollouts } from './postgres-rollouts';
import { type Queries } from './queries';

export class PostgresStore implements Store {
  readonly read: Store['read'];
  private readonly outbox = new Outbox();

  /** @param committed called after each commit: the outbox has something to publish, perhaps. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly committed: () => void,
  ) {
    const query: Queries['query'] = (...call) => orUnavailable('Postgres', () => dataSource.manager.query(...call));
    this.read = rooms({ query });
  }

  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const result = await orUnavailable('Postgres', () =>
      this.dataSource.transaction((manager) =>
        work({ ...rooms(manager), answers: new PostgresAnswers(manager), announce: this.announcements(manager) }),
      ),
    );
    this.committed();
    return result;
  }

  private announcements(manager: EntityManager): Announcements {
    const add = (record: OutgoingRecord, urgent: boolean) => this.outbox.add(manager, [record], { urgent });
    return {
      policy: (policy) => add(record(policyPublished, policy), true), // its revision orders it
      rolloutChanged: (change) => add(record(rolloutChanged, change), false),
      key: (key) => add(record(keyPublished, key), false),
    };
  }
}

function record<T>(contract: EventContract<T>, event: T): OutgoingRecord {
  return toRecord(contract, event, { source: 'rollout-controller' });
}

function rooms(manager: Queries): Store['read'] {
  return {
    models: new PostgresModels(manager),
    rollouts: new PostgresRollouts(manager),
    policies: new PostgresPolicies(manager),
    audit: new PostgresAudit(manager),
    keys: new PostgresKeys(manager),
    routers: new PostgresRouters(manager),
    evidence: new PostgresEvidence(manager),
    evidenceSums: new PostgresEvidenceSums(manager),
    pairs: new PostgresPairs(manager),
    judgements: new PostgresJudgements(manager),
    readings: new PostgresReadings(manager),
  };
}
