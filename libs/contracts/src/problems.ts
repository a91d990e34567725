// What a zod error says, one line a problem, each with the path as the manifest's author writes it.
import { type z } from 'zod';
import { formatPath } from './errors';

export interface Problem {
  readonly path: string;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** Every problem of a refused value. An unknown field is named by its own path, not by its parent's. */
export function problemsOf(error: { readonly issues: readonly Issue[] }): Problem[] {
  return error.issues.flatMap((issue) => describe(issue, []));
}

function describe(issue: Issue, base: readonly PropertyKey[]): Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: formatPath([...path, key]), message: 'unknown field' }));
  if (issue.code === 'invalid_key')
    return issue.issues.map(({ message }) => ({ path: formatPath(path), message: `not ${message}` }));
  if (issue.code === 'invalid_union') return describeUnion(issue, path);
  return [{ path: formatPath(path), message: issue.message }];
}

/** Of the forms that a value may have, the one that its author meant: the only one that does not fail at the root. */
function describeUnion(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): Problem[] {
  const meant = issue.errors.filter((issues) => issues.every((each) => !isAnotherForm(each)));
  const nearest = meant.length > 1 ? meant.filter((issues) => issues.every((each) => each.path.length > 0)) : meant;
  const [only] = nearest;
  if (nearest.length === 1 && only) return only.flatMap((each) => describe(each, path));
  const forms = [...new Set(issue.errors.flat().map((each) => each.message))].slice(0, 4);
  return [{ path: formatPath(path), message: forms.length > 0 ? forms.join('; or ') : issue.message }];
}

function isAnotherForm(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type';
}
