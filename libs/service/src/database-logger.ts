// TypeORM's messages in the service's log: what ran and what failed, never the parameters (they may be anybody's data).
import type { Logger as TypeOrmLogger } from 'typeorm';
import type { Logger } from './logger';

export class DatabaseLogger implements TypeOrmLogger {
  constructor(private readonly logger: Logger | undefined) {}

  logQuery(): void {}

  logQueryError(error: string | Error, query: string): void {
    this.logger?.debug({ err: error, query }, 'a statement failed'); // whoever ran it decides what that means
  }

  logQuerySlow(timeMs: number, query: string): void {
    this.logger?.warn({ timeMs, query }, 'a slow statement');
  }

  logSchemaBuild(): void {}

  logMigration(message: string): void {
    this.logger?.info(message);
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    this.logger?.[level === 'warn' ? 'warn' : 'debug'](String(message));
  }
}
