/** Columns of equal width, with blanks between them, as Go's tabwriter with Docker's settings. */
export function align(rows: readonly (readonly string[])[], minWidth = 10, blanks = 3): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach(
      (text, index) => (widths[index] = Math.max(widths[index] ?? minWidth, [...text].length + blanks)),
    );
  return lines(
    rows.map((row) =>
      row.map((text, index) => (index === row.length - 1 ? text : pad(text, widths[index] ?? 0))).join(''),
    ),
  );
}

const pad = (text: string, width: number): string => text + ' '.repeat(width - [...text].length);

export const lines = (items: readonly string[]): string => items.map((item) => `${item}\n`).join('');
