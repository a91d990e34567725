// Every migration of this service, oldest first.
import { busMigrations } from '@weir/bus';
import { type MigrationInterface } from 'typeorm';
import { AllocatorTables1763920000000 } from './allocator-tables';
import { OutcomesOfStages1763937000000 } from './outcomes-of-stages';
import { Contexts1763938800000 } from './contexts';

export const migrations: readonly (new () => MigrationInterface)[] = [
  ...busMigrations,
  AllocatorTables1763920000000,
  OutcomesOfStages1763937000000,
  Contexts1763938800000,
];
