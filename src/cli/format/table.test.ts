import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Columns, formatInspect, formatList } from './table.ts';

const columns: Columns<{ id: string; name: string }> = {
  ID: ['CONTAINER ID', ({ id }) => id],
  Names: ['NAMES', ({ name }) => name],
};
const items = [
  { id: 'a', name: 'web' },
  { id: 'bcd', name: 'db' },
];
const list = (format?: string, quiet: string | false = false): string =>
  formatList({ items, columns, shown: ['ID', 'Names'], format, quiet });

test('a table has columns of equal width', () =>
  assert.equal(list(), 'CONTAINER ID   NAMES\na              web\nbcd            db\n'));
test('quiet shows one column', () => assert.equal(list(undefined, 'ID'), 'a\nbcd\n'));
test('a template prints a line for each item', () =>
  assert.equal(list('{{.ID}}:{{.Names}}'), 'a:web\nbcd:db\n'));
test('a table template has headings', () =>
  assert.equal(list('table {{.Names}}\\t{{.ID}}'), 'NAMES   CONTAINER ID\nweb     a\ndb      bcd\n'));
test('json prints a document a line', () =>
  assert.equal(list('json'), '{"ID":"a","Names":"web"}\n{"ID":"bcd","Names":"db"}\n'));
test('a column that does not exist is refused', () =>
  assert.throws(() => list('{{.Nope}}'), /can't evaluate field Nope/));
test('inspect indents by four and keeps the list', () =>
  assert.equal(formatInspect([{ A: 1 }], undefined), '[\n    {\n        "A": 1\n    }\n]\n'));
