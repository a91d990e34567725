// API keys and stored answers in Postgres.
import { type ApiKey, type Keys, type StoredAnswer, type StoredAnswers } from '../../ports';
import { type Queries } from './queries';

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly role: ApiKey['role'];
  readonly state: ApiKey['state'];
  readonly expires_at: Date | null;
  readonly created_by: string;
  readonly created_at: Date;
}

export class PostgresKeys implements Keys {
  constructor(private readonly tx: Queries) {}

  async find(id: string): Promise<ApiKey | undefined> {
    const [row] = await this.tx.query<KeyRow[]>('select * from api_key where id = $1', [id]);
    return row && toKey(row);
  }

  async list(): Promise<ApiKey[]> {
    const rows = await this.tx.query<KeyRow[]>('select * from api_key order by created_at, id');
    return rows.map(toKey);
  }

  async save({ id, name, sha256, role, state, expiresAt, createdBy, createdAt }: ApiKey): Promise<void> {
    await this.tx.query(
      `insert into api_key (id, name, sha256, role, state, expires_at, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (id) do update set sha256 = excluded.sha256, state = excluded.state`,
      [id, name, sha256, role, state, expiresAt ?? null, createdBy, createdAt],
    );
  }
}

function toKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    sha256: row.sha256,
    role: row.role,
    state: row.state,
    ...(row.expires_at ? { expiresAt: row.expires_at.toISOString() } : {}),
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
  };
}

export class PostgresAnswers implements StoredAnswers {
  constructor(private readonly tx: Queries) {}

  async claim(caller: string, key: string): Promise<StoredAnswer | undefined> {
    // the insert waits for a concurrent claim of the same key until that one commits or is undone
    await this.tx.query('insert into stored_answer (caller, key) values ($1, $2) on conflict do nothing', [
      caller,
      key,
    ]);
    const [row] = await this.tx.query<StoredAnswer[]>(
      'select fingerprint, status, body from stored_answer where caller = $1 and key = $2 and fingerprint is not null',
      [caller, key],
    );
    return row;
  }

  async keep(caller: string, key: string, { fingerprint, status, body }: StoredAnswer): Promise<void> {
    await this.tx.query(
      'update stored_answer set fingerprint = $3, status = $4, body = $5 where caller = $1 and key = $2',
      [caller, key, fingerprint, status, JSON.stringify(body)],
    );
  }
}
