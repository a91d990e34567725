// One row a unit with every side of it, where there was one for each; a book says when its units were changed.
import { packUnit } from '@weir/stats';
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { unitSideId } from '../../../domain/unit-sides';
import { fromUnitText } from '../unit-text';

interface Row {
  readonly rollout: string;
  readonly attempt: number;
  readonly unit: string;
  readonly state: string;
}

export class UnitsBySide1763917200000 implements MigrationInterface {
  readonly name = 'UnitsBySide1763917200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const rows = (await runner.query('select rollout, attempt, unit, state from units')) as readonly Row[];
    for (const statement of down) await runner.query(statement);
    for (let from = 0; from < rows.length; from += rowsAtOnce)
      await runner.query(addSides, [JSON.stringify(rows.slice(from, from + rowsAtOnce).flatMap(sidesOf))]);
  }
}

const rowsAtOnce = 5_000;

function sidesOf({ state, unit, ...of }: Row): object[] {
  return [...fromUnitText(state)].map(([side, own]) => ({
    ...{ ...of, unit: unitSideId({ side, unit }), state: packUnit(own) },
  }));
}

/** `v2 beside v1 ada`: the side is the first three words. */
const side = String.raw`'^(\S+ beside \S+) '`;

const up = [
  'alter table books add column version bigint not null default 0',
  'alter table units rename to units_of_sides',
  `create table units (
    rollout text collate "C" not null,
    attempt integer not null,
    unit text collate "C" not null,
    -- by side (domain/unit-sides.ts): totals by metric, firsts that were counted (libs/stats, UnitState). Text: nobody looks into it here
    state text not null,
    primary key (rollout, attempt, unit)
  ) with (fillfactor = 70)`,
  `insert into units (rollout, attempt, unit, state)
   select rollout, attempt, regexp_replace(unit, ${side}, '') as own, json_object_agg(substring(unit from ${side}), state)
   from units_of_sides group by rollout, attempt, own`,
  'drop table units_of_sides',
  'alter index units_pkey1 rename to units_pkey',
];

const down = [
  'drop table units',
  `create table units (
    rollout text collate "C" not null,
    attempt integer not null,
    unit text collate "C" not null,
    state jsonb not null,
    primary key (rollout, attempt, unit)
  ) with (fillfactor = 70)`,
  'alter table books drop column version',
];

/** $1: rows as JSON. */
const addSides = `
  insert into units (rollout, attempt, unit, state)
  select rollout, attempt, unit, state
  from json_to_recordset($1::json) as row (rollout text, attempt integer, unit text, state jsonb)`;
