// The policies that were in force, by revision: what routers apply late can still be read.
import { type PolicyPublished } from '@weir/contracts';
import { type Policies } from '../../ports';
import { type Queries } from './queries';

interface Row {
  readonly document: PolicyPublished;
}

/** A contextual bandit has a revision at each of its updates: more than these would fill the disk, and no router is so late. */
const keptRevisions = 10_000;

export class PostgresPolicies implements Policies {
  constructor(private readonly tx: Queries) {}

  async latest(model: string): Promise<PolicyPublished | undefined> {
    const [row] = await this.tx.query<Row[]>(
      'select document from policy where model = $1 order by revision desc limit 1',
      [model],
    );
    return row?.document;
  }

  async find(model: string, revision: number): Promise<PolicyPublished | undefined> {
    const [row] = await this.tx.query<Row[]>('select document from policy where model = $1 and revision = $2', [
      model,
      revision,
    ]);
    return row?.document;
  }

  async save(policy: PolicyPublished): Promise<void> {
    await this.tx.query(
      'insert into policy (model, revision, epoch, document, published_at) values ($1, $2, $3, $4, $5)',
      [policy.model, policy.revision, policy.epoch, JSON.stringify(policy), policy.publishedAt],
    );
    await this.tx.query('delete from policy where model = $1 and revision <= $2', [
      policy.model,
      policy.revision - keptRevisions,
    ]);
  }
}
