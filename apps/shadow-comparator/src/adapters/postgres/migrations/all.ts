// Every migration of this service, oldest first.
import { busMigrations } from '@weir/bus';
import { type MigrationInterface } from 'typeorm';
import { UnitsBySide1763917200000 } from './units-by-side';
import { ComparatorTables1763899200000 } from './comparator-tables';
import { TruthAndLoad1763910000000 } from './truth-and-load';

export const migrations: readonly (new () => MigrationInterface)[] = [
  ...busMigrations,
  ComparatorTables1763899200000,
  TruthAndLoad1763910000000,
  UnitsBySide1763917200000,
];
