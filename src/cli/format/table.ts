import { compileTemplate, rowMark } from './template.ts';

/** A column of a list: its heading and its text for an item. */
export type Columns<T> = Readonly<Record<string, readonly [heading: string, value: (item: T) => string]>>;

export interface TableOptions<T> {
  readonly items: readonly T[];
  readonly columns: Columns<T>;
  /** Names of the columns shown without `--format`. */
  readonly shown: readonly string[];
  /** `--format`: a template, `table TEMPLATE`, `json`, or nothing. */
  readonly format?: string | undefined;
  /** `-q`: this column only. */
  readonly quiet?: string | false | undefined;
  readonly noHeadings?: boolean;
}

/** Prints a list as Docker's CLI does: a table, a template per item, JSON lines, or ids only. */
export function formatList<T>(options: TableOptions<T>): string {
  const { items, columns, format } = options;
  const rows = items.map((item) => rowOf(item, columns));
  if (options.quiet && format === undefined)
    return lines(rows.map((row) => String(row[options.quiet as string])));
  if (format === 'json') return lines(rows.map((row) => JSON.stringify(row)));
  if (format === undefined || format === 'table' || format === 'raw')
    return table(rows, columns, options.shown, options.noHeadings);
  if (format.startsWith('table ')) return templateTable(format.slice('table '.length), rows, columns);
  const template = compileTemplate(unescape(format));
  return lines(rows.map((row) => template(row)));
}

type Row = Readonly<Record<string, string>>;

function rowOf<T>(item: T, columns: Columns<T>): Row {
  const row = Object.fromEntries(Object.entries(columns).map(([name, [, value]]) => [name, value(item)]));
  return Object.defineProperty(row, rowMark, { value: true, enumerable: false });
}

function table<T>(
  rows: readonly Row[],
  columns: Columns<T>,
  shown: readonly string[],
  noHeadings = false,
): string {
  const cells = rows.map((row) => shown.map((name) => row[name] ?? ''));
  return align(noHeadings ? cells : [shown.map((name) => columns[name]?.[0] ?? name), ...cells]);
}

function templateTable<T>(format: string, rows: readonly Row[], columns: Columns<T>): string {
  const template = compileTemplate(unescape(format));
  const headings = Object.defineProperty(
    Object.fromEntries(Object.entries(columns).map(([name, [heading]]) => [name, heading])),
    rowMark,
    { value: true },
  );
  return align([headings, ...rows].map((row) => template(row).split('\t')));
}

const unescape = (format: string): string => format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');

/** Columns of equal width, three blanks between them, as Go's tabwriter with Docker's settings. */
export function align(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  return lines(
    rows.map((row) =>
      row
        .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + 3)))
        .join(''),
    ),
  );
}

const lines = (items: readonly string[]): string => items.map((item) => `${item}\n`).join('');

/** Prints one object per name: `inspect --format`, or indented JSON of all. */
export function formatInspect(items: readonly unknown[], format: string | undefined): string {
  if (format === undefined) return `${JSON.stringify(items, undefined, 4)}\n`;
  if (format === 'json') return `${JSON.stringify(items)}\n`;
  const template = compileTemplate(unescape(format));
  return lines(items.map((item) => template(item)));
}
