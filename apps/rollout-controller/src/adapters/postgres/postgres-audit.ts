// The audit trail in Postgres: append-only, numbered in the order of the commits.
import { type Audit, type AuditEntry, type AuditRecord } from '../../ports';
import { type Queries } from './queries';

interface Row {
  readonly sequence: string;
  readonly rollout: string | null;
  readonly model: string | null;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly from_position: AuditEntry['from'];
  readonly to_position: AuditEntry['to'];
  readonly reason: string;
  readonly revision: number | null;
}

export class PostgresAudit implements Audit {
  constructor(private readonly tx: Queries) {}

  async add({ rollout, model, at, actor, action, from, to, reason, revision }: AuditEntry): Promise<void> {
    // a sequence does not follow commits; one writer at a time makes it so, and a reader never misses a line behind it
    await this.tx.query("select pg_advisory_xact_lock(hashtextextended('weir.audit.' || current_schema(), 0))");
    await this.tx.query(
      `insert into audit (rollout, model, at, actor, action, from_position, to_position, reason, revision)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [rollout, model, at, actor, action, from && JSON.stringify(from), to && JSON.stringify(to), reason, revision],
    );
  }

  async ofRollout(id: string): Promise<AuditRecord[]> {
    const rows = await this.tx.query<Row[]>('select * from audit where rollout = $1 order by sequence', [id]);
    return rows.map(toRecord);
  }

  async after(sequence: number, limit: number): Promise<AuditRecord[]> {
    const rows = await this.tx.query<Row[]>(
      'select * from audit where sequence > $1 and to_position is not null order by sequence limit $2',
      [sequence, limit],
    );
    return rows.map(toRecord);
  }

  async latestSequence(): Promise<number> {
    const [row] = await this.tx.query<{ latest: string | null }[]>('select max(sequence) as latest from audit');
    return Number(row?.latest ?? 0);
  }
}

function toRecord(row: Row): AuditRecord {
  return {
    sequence: Number(row.sequence),
    rollout: row.rollout,
    model: row.model,
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    from: row.from_position,
    to: row.to_position,
    reason: row.reason,
    revision: row.revision,
  };
}
