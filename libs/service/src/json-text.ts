// JSON on its way into Postgres.

/** As text that Postgres takes for JSON: what is not Unicode, and U+0000, become U+FFFD (an answer's text may hold anything). */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes('\\u') ? text.replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '$1\\ufffd') : text;
}
