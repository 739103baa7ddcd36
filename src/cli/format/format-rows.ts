import { messageOf, invalid } from '../../lib/errors.ts';
import { align, lines } from './align.ts';
import type { Columns, TableOptions } from './table.ts';
import { compileTemplate } from './template.ts';
import { rowMark, toJson } from './template/values.ts';

/** A list by `--format`: `json`, `table TEMPLATE`, or a template for each item. */
export function formatRows<T>(format: string, options: TableOptions<T>): string {
  const { items, columns, labels } = options;
  const rows = items.map((item) => rowOf(item, columns, labels?.(item) ?? {}));
  if (format === 'json') return lines(rows.map(toJson));
  const isTable = format.startsWith('table ');
  const print = rowTemplate(isTable ? format.slice('table '.length) : format);
  if (!isTable) return lines(rows.map(print));
  return align([headingsOf(columns), ...rows].map((row) => print(row).split('\t')));
}

function rowTemplate(format: string): (row: object) => string {
  const source = unescape(format);
  try {
    return compileTemplate(source);
  } catch (error) {
    throw invalid(`failed to parse template: ${messageOf(error)}`, error);
  }
}

function rowOf<T>(item: T, columns: Columns<T>, labels: Readonly<Record<string, string>>): object {
  const cells = Object.entries(columns)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, [, value]]) => [name, value(item)]);
  return mark(Object.fromEntries(cells), (name) => labels[name] ?? '');
}

function headingsOf<T>(columns: Columns<T>): object {
  const headings = Object.entries(columns).map(([name, [heading]]) => [name, heading]);
  return mark(Object.fromEntries(headings), (name) => (name.split('.').at(-1) ?? '').replace(/[-_]/g, ' '));
}

/** Members that templates see and JSON does not. */
const mark = (row: object, label: (name: string) => string): object =>
  Object.defineProperties(row, {
    [rowMark]: { value: true },
    Label: { value: label },
  });

/** What people write in quotes of a shell: `\t` and `\n`. */
export const unescape = (format: string): string => format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
