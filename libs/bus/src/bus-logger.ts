// The part of a pino logger that the bus writes to.

type Line = (fields: Record<string, unknown>, message: string) => void;

export interface BusLogger {
  readonly debug: Line;
  readonly info: Line;
  readonly warn: Line;
  readonly error: Line;
}

const ignore: Line = () => undefined;

export const silentLogger: BusLogger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** What a log line may say of an unknown error: enough to find it, never a body. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 500);
  const code = (error as { code?: unknown }).code;
  const text = error.message || (error instanceof AggregateError ? error.errors.map(describeError).join('; ') : '');
  return `${error.name}${typeof code === 'string' && code !== error.name ? ` ${code}` : ''}: ${text}`.slice(0, 500);
}
