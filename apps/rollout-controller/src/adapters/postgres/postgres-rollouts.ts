// Rollouts in Postgres: a row is changed only by who saw its latest revision.
import { livePhases, type Rollout } from '../../domain/rollout';
import { type RolloutFilter, type Rollouts } from '../../ports';
import { revisionConflict } from '../../refusals';
import { type Queries } from './queries';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly model: string;
  readonly spec: Rollout['spec'];
  readonly state: Rollout['state'];
  readonly revision: number;
  readonly baseline: string;
  readonly salt: string;
  readonly policy_revision: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export class PostgresRollouts implements Rollouts {
  constructor(private readonly tx: Queries) {}

  async find(id: string): Promise<Rollout | undefined> {
    const [row] = await this.tx.query<Row[]>('select * from rollout where id = $1', [id]);
    return row && toRollout(row);
  }

  async list({ model, state }: RolloutFilter): Promise<Rollout[]> {
    const rows = await this.tx.query<Row[]>(
      `select * from rollout where ($1::text is null or model = $1) and ($2::text is null or phase = $2)
       order by created_at desc, id desc limit 500`,
      [model ?? null, state ?? null],
    );
    return rows.map(toRollout);
  }

  async liveOf(model: string): Promise<Rollout[]> {
    const rows = await this.tx.query<Row[]>(
      'select * from rollout where model = $1 and phase = any($2::text[]) order by created_at, id',
      [model, livePhases],
    );
    return rows.map(toRollout);
  }

  async rollingBack(): Promise<Rollout[]> {
    const rows = await this.tx.query<Row[]>(
      "select * from rollout where phase = 'rolling-back' order by updated_at, id",
    );
    return rows.map(toRollout);
  }

  async insert({
    id,
    name,
    model,
    spec,
    state,
    revision,
    baseline,
    salt,
    createdAt,
    updatedAt,
  }: Rollout): Promise<void> {
    await this.tx.query(
      `insert into rollout (id, name, model, spec, state, revision, baseline, salt, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [id, name, model, JSON.stringify(spec), JSON.stringify(state), revision, baseline, salt, createdAt, updatedAt],
    );
  }

  async update({ id, state, revision, baseline, salt, updatedAt }: Rollout): Promise<void> {
    const [, changed] = await this.tx.query<[unknown, number]>(
      `update rollout set state = $2, revision = $3, baseline = $4, salt = $5, updated_at = $6
       where id = $1 and revision = $3 - 1`,
      [id, JSON.stringify(state), revision, baseline, salt, updatedAt],
    );
    if (changed === 1) return;
    const present = await this.find(id);
    throw revisionConflict(revision - 1, present?.revision ?? 0);
  }

  async place(id: string, policyRevision: number): Promise<void> {
    await this.tx.query('update rollout set policy_revision = $2 where id = $1', [id, policyRevision]);
  }
}

function toRollout(row: Row): Rollout {
  return {
    id: row.id,
    name: row.name,
    model: row.model,
    spec: row.spec,
    state: row.state,
    revision: row.revision,
    baseline: row.baseline,
    salt: row.salt,
    policyRevision: row.policy_revision,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
