// An event contract: what a topic carries, how it is keyed, and how its values are read and written.
import { type z } from 'zod';

export interface EventContract<T> {
  /** Topic name without prefix: `weir.<event>.v<major>`. */
  readonly topic: string;
  /** The CloudEvents type; the same as the topic. */
  readonly type: string;
  readonly schema: z.ZodType<T>;
  /** The record key: records of one key keep their order. */
  readonly key: (event: T) => string;
  /**
   * Validates and serialises. What the schema does not know is not written.
   * @throws ZodError when the event breaks its contract: a bug of the producer, never retried.
   */
  readonly encode: (event: T) => string;
  /**
   * Reads a value. Unknown fields are dropped, so that a newer producer may add some.
   * @throws InvalidEventError naming the first offending path.
   */
  readonly decode: (value: Buffer | string) => T;
}

/** A record that is not what its topic promises. Never retriable: the same bytes fail again. */
export class InvalidEventError extends Error {
  readonly code = 'invalid-event';
  readonly retriable = false;

  constructor(
    readonly topic: string,
    readonly problem: string,
  ) {
    super(`${topic}: ${problem}`);
    this.name = 'InvalidEventError';
  }
}

export function defineEvent<T>(definition: {
  topic: string;
  schema: z.ZodType<T>;
  key: (event: T) => string;
}): EventContract<T> {
  const { topic, schema, key } = definition;
  return Object.freeze({
    topic,
    type: topic,
    schema,
    key,
    encode: (event: T) => JSON.stringify(schema.parse(event)),
    decode: (value: Buffer | string) => decode(topic, schema, value),
  });
}

/**
 * The same contract for a producer that puts its events together field by field, many a second: they are written as they were made, for reading
 * each against its schema would cost more than making it. Its specs decode what it wrote.
 */
export function asMade<T>(contract: EventContract<T>): EventContract<T> {
  return { ...contract, encode: (event) => JSON.stringify(event) };
}

function decode<T>(topic: string, schema: z.ZodType<T>, value: Buffer | string): T {
  let json: unknown;
  try {
    json = JSON.parse(typeof value === 'string' ? value : value.toString('utf8'));
  } catch {
    throw new InvalidEventError(topic, 'the value is not JSON');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new InvalidEventError(topic, `${issue?.path.join('.') || 'value'}: ${issue?.message ?? 'invalid'}`);
}
