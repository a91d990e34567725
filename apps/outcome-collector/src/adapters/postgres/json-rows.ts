// Rows on their way into and out of Postgres.

/** JSON texts as one, which Postgres cuts at its line ends: JSON.stringify writes none within a text. An array's elements would each be escaped. */
export function toLines(texts: readonly string[]): string {
  return texts.join('\n');
}

/** Instants as ISO text, and nothing for null: as the contracts have it. */
export function fromRow<T>(row: object): T {
  const entries = Object.entries(row).flatMap(([column, value]: [string, unknown]) => {
    if (value === null) return [];
    return [[column, value instanceof Date ? value.toISOString() : value]];
  });
  return Object.fromEntries(entries) as T;
}
