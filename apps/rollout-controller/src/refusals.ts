// The answers of the controller that are no: each with a code that docs/errors.md lists, and its HTTP status.
import { WeirError, type Problem } from '@weir/contracts';

export const errorStatuses = {
  'invalid-manifest': 400,
  'unknown-version': 400,
  'invalid-idempotency-key': 400,
  'not-found': 404,
  'illegal-move': 409,
  'revision-conflict': 409,
  'slice-taken': 409,
  'rollout-live': 409,
  'version-in-use': 409,
  'metric-in-use': 409,
  'shadow-refused': 409,
  'version-gone': 409,
  'version-cold': 409,
  'already-stable': 409,
  'no-previous-stable': 409,
  'policy-too-large': 413,
  'idempotency-key-reused': 422,
  'collector-away': 502,
  'comparator-away': 502,
  'allocator-away': 502,
  unavailable: 503,
  'too-many-streams': 503,
} as const;

export class Refused extends WeirError {
  constructor(
    override readonly code: keyof typeof errorStatuses,
    message: string,
    details: readonly Problem[] = [],
  ) {
    super(code, message, false, [...details]);
  }
}

export function invalid(code: 'invalid-manifest' | 'unknown-version', problems: readonly Problem[]): Refused {
  const [first] = problems;
  return new Refused(code, first ? `${first.path || 'body'}: ${first.message}` : 'invalid', problems);
}

export function notFound(what: string, name: string): Refused {
  return new Refused('not-found', `there is no ${what} ${name}`);
}

/** A version may not be called twice, or there is nothing to compare. */
export function refusedShadow(problems: readonly Problem[]): Refused {
  const said = problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return new Refused('shadow-refused', said, problems);
}

/** Two moves met: the rollout is no longer what the sender saw. */
export function revisionConflict(expected: number, actual: number): Refused {
  return new Refused('revision-conflict', `expected revision ${expected}, the rollout is at revision ${actual}`, [
    { path: 'expectedRevision', message: `${expected} was expected, ${actual} is in force` },
  ]);
}
