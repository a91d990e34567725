// Which rows of a call are outcomes, and what is wrong with the others.
import { formatPath, outcome, type OutcomeReported, type ReportOutcomesAnswer } from '@weir/contracts';

export type Rejected = ReportOutcomesAnswer['rejected'][number];

export interface Valid {
  readonly index: number;
  readonly outcome: OutcomeReported;
}

export function validate(rows: readonly unknown[]): { valid: Valid[]; rejected: Rejected[] } {
  const valid: Valid[] = [];
  const rejected: Rejected[] = [];
  rows.forEach((row, index) => {
    const parsed = outcome.safeParse(row);
    const problem = parsed.success ? problemOf(parsed.data) : describe(parsed.error.issues[0]);
    if (parsed.success && problem === undefined) valid.push({ index, outcome: parsed.data });
    else rejected.push({ index, code: 'invalid', message: problem ?? 'invalid' });
  });
  return { valid, rejected };
}

function describe(issue: { code: string; path: PropertyKey[]; message: string; keys?: string[] } | undefined): string {
  const path = [...(issue?.path ?? []), ...(issue?.code === 'unrecognized_keys' ? (issue.keys ?? []).slice(0, 1) : [])];
  return `${formatPath(path) || 'outcome'}: ${issue?.message ?? 'invalid'}`;
}

/** What the schema cannot say and the database cannot keep: text must be Unicode without U+0000. */
export function problemOf({ value, id }: OutcomeReported): string | undefined {
  for (const [field, text] of Object.entries({ value, id }))
    if (typeof text === 'string' && /\0|\p{Surrogate}/u.test(text))
      return `${field}: text that is not Unicode, or holds U+0000`;
  return undefined;
}
