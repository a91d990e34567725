// What every service shares: boot, configuration, health, logs, metrics, errors, keys, Postgres and Redis.
export { Caller, Public, Roles, type Access, type Principal } from './access';
export { digestOf, makeApiKey, matchesDigest, parseApiKey, type ApiKey } from './api-key';
export { ApiKeyGuard, authenticate, ForbiddenError, UnauthenticatedError, type GuardOptions } from './api-key-guard';
export { availableCores } from './available-cores';
export { bootService, type Service, type Strategy } from './boot-service';
export type { Cache, CacheEntry } from './cache';
export type { HttpSettings, Reports } from './create-http';
export { createDataSource, type DataSourceSettings } from './data-source';
export { DayPartitions } from './day-partitions';
export { endOnCrash, runMain, type ProcessLike } from './end-on-crash';
export { answerTo, renderError, type ErrorAnswer, type ErrorStatuses } from './error-answers';
export { toDetails } from './error-details';
export { ErrorFilter } from './error-filter';
export { Health, type Need, type Readiness } from './health';
export { toJson } from './json-text';
export { KeptStages } from './kept-stages';
export { MemoryKeyRing, type KeyRecord, type KeyRing } from './key-ring';
export { InvalidConfigError, loadConfig, variables } from './load-config';
export {
  byKey,
  migrateLedgerService,
  openLedgerDatabase,
  openLedgerService,
  type LedgerService,
  type LedgerServiceSettings,
} from './ledger-service';
export { createLogger, NestLogger, type Logger, type LogLevel } from './logger';
export { MemoryCache } from './memory-cache';
export { cappedLabel, createMetrics, type Metrics } from './metrics';
export { InvalidInputError, parseBody, parsePath, parseQuery } from './parse-body';
export { OpenGuard } from './open-guard';
export { createRedis, RedisCache, type RedisOptions } from './redis-cache';
export { listRoutes, type Route } from './route-inventory';
export { probeDatabase, RunSweeps } from './run-sweeps';
export { runMigrations, type MigrationPatience } from './run-migrations';
export { Secrets, type SecretSources } from './secrets';
export { stopOnSignal, type StopPlan } from './stop-on-signal';
export { reportOf, SummedMetrics, type MetricsReport } from './sum-metrics';
export { Buckets, PerVersion, registerTally, type Reading, type TallyDefinition } from './tallies';
export { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context';
export { Sweeps, type Task } from './sweeps';
