// The shape of every error body but the /v2 paths', and the base of every expected error.
import { z } from 'zod';

export const errorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.array(z.object({ path: z.string(), message: z.string() })),
  }),
});

export type ErrorBody = z.infer<typeof errorBody>;

/** One thing wrong with an input, named by its path. */
export type Problem = ErrorBody['error']['details'][number];

/** An error with a code that docs/errors.md lists. `retriable`: the same call may succeed later. */
export class WeirError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retriable = false,
    readonly details: ErrorBody['error']['details'] = [],
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** A path as the manifest's author writes it: `stages[0].canary.steps[2]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  );
}
