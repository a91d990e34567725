// The JSON of a value that came from outside: it may nest deeper than it can be followed.

/** Undefined where it nests too deep. */
export function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) ?? '';
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
