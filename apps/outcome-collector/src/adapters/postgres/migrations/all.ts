// Every migration of this service, oldest first.
import { busMigrations } from '@weir/bus';
import { type MigrationInterface } from 'typeorm';
import { Ageing1763928000000 } from './ageing';
import { Attempts1763888400000 } from './attempts';
import { Decided1763899200000 } from './decided';
import { Documents1763920800000 } from './documents';
import { CollectorTables1763856000000 } from './collector-tables';

export const migrations: readonly (new () => MigrationInterface)[] = [
  ...busMigrations,
  CollectorTables1763856000000,
  Attempts1763888400000,
  Decided1763899200000,
  Documents1763920800000,
  Ageing1763928000000,
];
