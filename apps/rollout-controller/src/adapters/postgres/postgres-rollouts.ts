// Rollouts in Postgres: a row is changed only by who saw its latest revision.
import { livePhases, type Phase, type Rollout } from '../../domain/rollout';
import { type RolloutFilter, type Rollouts } from '../../ports';
import { revisionConflict } from '../../refusals';
import { type Queries } from './queries';

/** As a rollout, but for the columns of two words. */
interface Row extends Omit<Rollout, 'policyRevision' | 'createdAt' | 'updatedAt'> {
  readonly policy_revision: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = 'id, name, model, spec, state, revision, baseline, salt, policy_revision, created_at, updated_at';

export class PostgresRollouts implements Rollouts {
  constructor(private readonly tx: Queries) {}

  async find(id: string): Promise<Rollout | undefined> {
    const [row] = await this.tx.query<Row[]>(`select ${columns} from rollout where id = $1`, [id]);
    return row && toRollout(row);
  }

  async list({ model, state }: RolloutFilter): Promise<Rollout[]> {
    const rows = await this.tx.query<Row[]>(
      `select ${columns} from rollout where ($1::text is null or model = $1) and ($2::text is null or phase = $2)
       order by created_at desc, id desc limit 500`,
      [model ?? null, state ?? null],
    );
    return rows.map(toRollout);
  }

  async liveOf(model: string): Promise<Rollout[]> {
    const rows = await this.tx.query<Row[]>(
      `select ${columns} from rollout where model = $1 and phase = any($2::text[]) order by created_at, id`,
      [model, livePhases],
    );
    return rows.map(toRollout);
  }

  rollingBack(): Promise<Rollout[]> {
    return this.inPhases(['rolling-back']);
  }

  async moving(): Promise<Rollout[]> {
    const rows = await this.tx.query<Row[]>(
      `select ${columns} from rollout where phase = any($1::text[])
       and (spec -> 'stages' -> (state #>> '{at,stage}')::int ->> 'kind') = 'rolling' order by updated_at, id`,
      [['running', 'paused', 'rolling-back']],
    );
    return rows.map(toRollout);
  }

  async keeping(): Promise<Rollout[]> {
    const rows = await this.tx.query<Row[]>(
      `select ${columns} from rollout where phase = 'completed' and state ->> 'keptUntil' is not null order by updated_at, id`,
    );
    return rows.map(toRollout);
  }

  serving(): Promise<Rollout[]> {
    return this.inPhases(['running', 'paused']);
  }

  async insert(rollout: Rollout): Promise<void> {
    await this.tx.query(
      `insert into rollout (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      valuesOf(rollout),
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

  async keepState({ id, state }: Pick<Rollout, 'id' | 'state'>): Promise<void> {
    await this.tx.query('update rollout set state = $2 where id = $1', [id, JSON.stringify(state)]);
  }

  async place(id: string, policyRevision: number): Promise<void> {
    await this.tx.query('update rollout set policy_revision = $2 where id = $1', [id, policyRevision]);
  }

  private async inPhases(phases: readonly Phase[]): Promise<Rollout[]> {
    const rows = await this.tx.query<Row[]>(
      `select ${columns} from rollout where phase = any($1::text[]) order by updated_at, id`,
      [phases],
    );
    return rows.map(toRollout);
  }
}

/** In the order of the columns. */
function valuesOf({ id, name, model, spec, state, ...rest }: Rollout): unknown[] {
  const { revision, baseline, salt, policyRevision, createdAt, updatedAt } = rest;
  const asked = [id, name, model, JSON.stringify(spec), JSON.stringify(state)];
  return [...asked, revision, baseline, salt, policyRevision, createdAt, updatedAt];
}

function toRollout({ policy_revision, created_at, updated_at, ...same }: Row): Rollout {
  return {
    ...same,
    policyRevision: policy_revision,
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
  };
}
