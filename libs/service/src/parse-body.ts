// Turns what a caller sent into what a use case takes, or refuses it and names every offending path.
import type { PipeTransform } from '@nestjs/common';
import { type ErrorBody, WeirError } from '@weir/contracts';
import type { z } from 'zod';
import { toDetails } from './error-details';

/** The caller's fault: 400. */
export class InvalidInputError extends WeirError {
  constructor(code: 'invalid-body' | 'invalid-query' | 'invalid-path', details: ErrorBody['error']['details']) {
    const [first] = details;
    super(code, first ? `${first.path || 'body'}: ${first.message}` : 'invalid', false, details);
  }
}

/** `@Body(parseBody(schema))`. Schemas are strict (z.strictObject): an unknown field is refused by name. */
export const parseBody = <T>(schema: z.ZodType<T>): PipeTransform<unknown, T> => pipe(schema, 'invalid-body');

/** `@Query(parseQuery(schema))`. */
export const parseQuery = <T>(schema: z.ZodType<T>): PipeTransform<unknown, T> => pipe(schema, 'invalid-query');

/** `@Param(parsePath(schema))` for all, `@Param('name', parsePath(name))` for one. */
export const parsePath = <T>(schema: z.ZodType<T>): PipeTransform<unknown, T> => pipe(schema, 'invalid-path');

function pipe<T>(schema: z.ZodType<T>, code: InvalidInputError['code']): PipeTransform<unknown, T> {
  return {
    transform: (value: unknown): T => {
      const parsed = schema.safeParse(value);
      if (parsed.success) return parsed.data;
      throw new InvalidInputError(code as ConstructorParameters<typeof InvalidInputError>[0], toDetails(parsed.error));
    },
  };
}
