import assert from 'node:assert/strict';
import { test } from 'node:test';
import { align } from './align.ts';
import { type Columns, formatList } from './table.ts';

interface Item {
  readonly id: string;
  readonly name: string;
}
const columns: Columns<Item> = {
  ID: ['CONTAINER ID', ({ id }) => id],
  Names: ['NAMES', ({ name }) => name],
};
const items: readonly Item[] = [
  { id: 'a', name: 'web' },
  { id: 'bcd', name: 'db' },
];
const list = (format?: string, quiet: string | false = false): Promise<string> =>
  formatList({
    items,
    columns,
    shown: ['ID', 'Names'],
    format,
    quiet,
    labels: ({ id }) => ({ 'org.my-id': `${id}>` }),
  });

test('a table has columns of equal width', async () =>
  assert.equal(await list(), 'CONTAINER ID   NAMES\na              web\nbcd            db\n'));
test('a narrow column has ten places', () =>
  assert.equal(
    align([
      ['A', 'B'],
      ['é', 'c'],
    ]),
    'A         B\né         c\n',
  ));
test('quiet shows one column', async () => assert.equal(await list('table', 'ID'), 'a\nbcd\n'));
test('a template prints a line for each item', async () =>
  assert.equal(await list('{{.ID}}:{{.Names}}'), 'a:web\nbcd:db\n'));
test('a table template has headings', async () =>
  assert.equal(
    await list('table {{.Names}}\\t{{.ID}}'),
    'NAMES     CONTAINER ID\nweb       a\ndb        bcd\n',
  ));
test('a label can be a column', async () =>
  assert.equal(await list('table {{.Label "org.my-id"}}'), 'my id\na>\nbcd>\n'));
test('json prints a document a line', async () =>
  assert.equal(await list('json'), '{"ID":"a","Names":"web"}\n{"ID":"bcd","Names":"db"}\n'));
test('a column that does not exist is refused', () =>
  assert.rejects(list('{{.Nope}}'), /can't evaluate field Nope/));
test('a template that is wrong is told as such', () =>
  assert.rejects(list('{{.ID'), /^EngineError: failed to parse template: template: :1: unclosed action$/));
