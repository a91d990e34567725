// Logs: one JSON line each on standard output, without the headers that authorise.
import type { LoggerService } from '@nestjs/common';
import { hostname } from 'node:os';
import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

const redacted = ['authorization', 'cookie', '["proxy-authorization"]', '["x-api-key"]'].flatMap((header) => {
  const part = header.startsWith('[') ? header : `.${header}`;
  return [part.replace(/^\./, ''), `headers${part}`, `*.headers${part}`];
});

/** Written synchronously: the last line before a crash is the one that matters. `base`: fields of every line, beside pid and host. */
export function createLogger(
  name: string,
  level: LogLevel = 'info',
  destination?: DestinationStream,
  base: Readonly<Record<string, unknown>> = {},
): Logger {
  const options = {
    name,
    level,
    base: { pid: process.pid, hostname: hostname(), ...base },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: redacted, censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true })); // by itself pino writes later, and an exit may be sooner
}

/** Nest's own messages, in the same stream. Its start-up chatter is debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...context: unknown[]): void {
    this.logger.debug({ context }, String(message));
  }

  error(message: unknown, ...context: unknown[]): void {
    this.logger.error({ context }, String(message));
  }

  warn(message: unknown, ...context: unknown[]): void {
    this.logger.warn({ context }, String(message));
  }

  debug(message: unknown, ...context: unknown[]): void {
    this.logger.debug({ context }, String(message));
  }

  verbose(message: unknown, ...context: unknown[]): void {
    this.logger.trace({ context }, String(message));
  }

  fatal(message: unknown, ...context: unknown[]): void {
    this.logger.fatal({ context }, String(message));
  }
}
