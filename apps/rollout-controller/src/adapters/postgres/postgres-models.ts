// Models and their lists in Postgres.
import { type Model } from '../../domain/model';
import { type Models } from '../../ports';
import { type Queries } from './queries';

interface Row {
  readonly name: string;
  readonly manifest: Model['manifest'];
  readonly stable: string;
  readonly stable_history: string[];
  readonly targets: Model['targets'];
  readonly salt: string;
  readonly state: Model['state'];
  readonly created_at: Date;
  readonly updated_at: Date;
}

export class PostgresModels implements Models {
  constructor(private readonly tx: Queries) {}

  async find(name: string): Promise<Model | undefined> {
    const [row] = await this.tx.query<Row[]>('select * from model where name = $1', [name]);
    return row && toModel(row);
  }

  async lock(name: string): Promise<Model | undefined> {
    // a model that is being created by another transaction is no row yet: the lock is on its name
    await this.tx.query("select pg_advisory_xact_lock(hashtextextended('weir.model.' || $1, 0))", [name]);
    const [row] = await this.tx.query<Row[]>('select * from model where name = $1 for update', [name]);
    return row && toModel(row);
  }

  async list(): Promise<Model[]> {
    const rows = await this.tx.query<Row[]>("select * from model where state = 'active' order by name");
    return rows.map(toModel);
  }

  async save(model: Model): Promise<void> {
    const { name, manifest, stable, stableHistory, targets, salt, state, createdAt, updatedAt } = model;
    await this.tx.query(
      `insert into model (name, manifest, stable, stable_history, targets, salt, state, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       on conflict (name) do update set manifest = excluded.manifest, stable = excluded.stable,
         stable_history = excluded.stable_history, targets = excluded.targets, salt = excluded.salt,
         state = excluded.state, created_at = excluded.created_at, updated_at = excluded.updated_at`,
      [
        name,
        JSON.stringify(manifest),
        stable,
        JSON.stringify(stableHistory),
        JSON.stringify(targets),
        salt,
        state,
        createdAt,
        updatedAt,
      ],
    );
  }

  async lists(name: string): Promise<Record<string, string[]>> {
    const rows = await this.tx.query<{ list: string; units: string[] }[]>(
      'select list, units from model_list where model = $1 order by list',
      [name],
    );
    return Object.fromEntries(rows.map(({ list, units }) => [list, units]));
  }

  async saveList(name: string, list: string, units: readonly string[], at: string): Promise<void> {
    await this.tx.query(
      `insert into model_list (model, list, units, updated_at) values ($1, $2, $3, $4)
       on conflict (model, list) do update set units = excluded.units, updated_at = excluded.updated_at`,
      [name, list, JSON.stringify(units), at],
    );
  }
}

function toModel(row: Row): Model {
  return {
    name: row.name,
    manifest: row.manifest,
    stable: row.stable,
    stableHistory: row.stable_history,
    targets: row.targets,
    salt: row.salt,
    state: row.state,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
