// The part of TypeORM's entity manager that the tables are reached by.
import { type EntityManager } from 'typeorm';

export type Queries = Pick<EntityManager, 'query'>;
