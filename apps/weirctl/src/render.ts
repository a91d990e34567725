// Results as people or programs read them.

export type Output = 'table' | 'json';

/** Columns as wide as their widest cell, two spaces between; numbers to the right. */
export function renderTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => String(cells[column] ?? '').length)));
  return lines.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

export function renderJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
