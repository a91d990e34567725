// What is wrong with an input, as a list of paths and messages that the author of the input recognises.
import { type ErrorBody, formatPath } from '@weir/contracts';
import type { z } from 'zod';

type Details = ErrorBody['error']['details'];
type Issue = z.core.$ZodIssue;

/** Enough to mend a manifest, not enough to fill a log. */
const most = 50;

export function toDetails(error: z.ZodError): Details {
  return error.issues.flatMap((issue) => fromIssue(issue, [])).slice(0, most);
}

function fromIssue(issue: Issue, above: readonly PropertyKey[]): Details {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: formatPath([...path, key]), message: 'unknown field' }));
  }
  if (issue.code === 'invalid_union') return fromUnion(issue, path);
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path: formatPath(path), message }));
  return [{ path: formatPath(path), message: issue.message }];
}

/** The branch that came furthest is the one its author meant; where none came further than the root, all are refused together. */
function fromUnion(issue: Extract<Issue, { code: 'invalid_union' }>, path: readonly PropertyKey[]): Details {
  const branches = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.path.length === 0 && isWrongKind(inner)),
  );
  const nearest = [...branches].sort((a, b) => a.length - b.length)[0];
  if (!nearest?.length) return [{ path: formatPath(path), message: issue.message }];
  return nearest.flatMap((inner) => fromIssue(inner, path));
}

const isWrongKind = (issue: Issue): boolean => issue.code === 'invalid_type' || issue.code === 'invalid_value';
