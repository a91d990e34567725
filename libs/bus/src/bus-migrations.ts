// The tables of the bus: how far each group has applied each partition, and what waits to be published.
import { type MigrationInterface, type QueryRunner } from 'typeorm';

export class BusTables1700000000000 implements MigrationInterface {
  readonly name = 'BusTables1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table bus_ledger (
        consumer_group text not null,
        topic text not null,
        partition integer not null,
        next_offset bigint not null,
        updated_at timestamptz not null default now(),
        primary key (consumer_group, topic, partition)
      ) with (fillfactor = 50)`);
    await runner.query(`
      create table bus_outbox (
        id bigint generated always as identity primary key,
        xid xid8 not null default pg_current_xact_id(),
        topic text not null,
        key text,
        value bytea,
        headers jsonb not null default '{}',
        urgent boolean not null default false,
        refused text,
        created_at timestamptz not null default now()
      ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`);
    await runner.query('create index bus_outbox_order on bus_outbox (xid, id) where not urgent and refused is null');
    await runner.query('create index bus_outbox_urgent on bus_outbox (id) where urgent and refused is null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table bus_outbox');
    await runner.query('drop table bus_ledger');
  }
}

export class OutboxPacks1763913600000 implements MigrationInterface {
  readonly name = 'OutboxPacks1763913600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table bus_outbox add column records integer');
    // what lives for a moment is not worth compressing
    await runner.query('alter table bus_outbox alter column value set storage external');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table bus_outbox alter column value set storage extended');
    await runner.query('alter table bus_outbox drop column records');
  }
}

/** Put before a service's own migrations. */
export const busMigrations = [BusTables1700000000000, OutboxPacks1763913600000];
