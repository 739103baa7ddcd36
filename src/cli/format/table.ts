import { align, lines } from './align.ts';

/** A column of a list: its heading and its text for an item; numbers and lists are what they are in JSON. */
export type Columns<T> = Readonly<Record<string, readonly [heading: string, value: (item: T) => Cell]>>;

type Cell = string | number | readonly object[];

export interface TableOptions<T> {
  readonly items: readonly T[];
  readonly columns: Columns<T>;
  /** Names of the columns shown without `--format`. */
  readonly shown: readonly string[];
  /** `--format`: a template, `table TEMPLATE`, `json`, or nothing. */
  readonly format?: string | undefined;
  /** `-q`: this column only. */
  readonly quiet?: string | false | undefined;
  /** What `{{.Label "name"}}` looks in. */
  readonly labels?: (item: T) => Readonly<Record<string, string>> | null;
}

/** Prints a list as Docker's CLI does: a table, a template per item, JSON lines, or ids only. */
export async function formatList<T>(options: TableOptions<T>): Promise<string> {
  const { items, columns, format = '', quiet, shown } = options;
  if (format !== '' && format !== 'table')
    return (await import('./format-rows.ts')).formatRows(format, options);
  if (quiet) return lines(items.map((item) => cell(columns, quiet, item)));
  return align([
    shown.map((name) => columns[name]?.[0] ?? name),
    ...items.map((item) => shown.map((name) => cell(columns, name, item))),
  ]);
}

function cell<T>(columns: Columns<T>, name: string, item: T): string {
  const value = columns[name]?.[1](item) ?? '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Labels as one column shows them: `a=1,b=2`. */
export const labelsText = (labels: Readonly<Record<string, string>> | null | undefined): string =>
  Object.entries(labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
