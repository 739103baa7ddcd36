import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComposeContext } from './globals.ts';
import { LogPrinter } from './log-printer.ts';

function printerFor(...names: string[]): { printer: LogPrinter; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const into = (list: string[]) => ({ write: (text: string) => void list.push(text) });
  const context = { colors: false, out: into(out), err: into(err) } as unknown as ComposeContext;
  return { printer: new LogPrinter(context, names), out, err };
}

test('lines come whole, each behind the name of its container', () => {
  const { printer, out, err } = printerFor('web-1', 'db-1');
  printer.write('web-1', Buffer.from('one\ntw'));
  printer.write('db-1', Buffer.from('other\n'));
  printer.write('web-1', Buffer.from('o, '), 'stderr');
  printer.write('web-1', Buffer.from('o'));
  printer.write('web-1', Buffer.from('\n\nthree'));
  printer.flush('web-1');
  assert.deepEqual(out.join('').split('\n'), [
    'web-1  | one',
    'db-1   | other',
    'web-1  | two',
    'web-1  | ',
    'web-1  | three',
    '',
  ]);
  assert.deepEqual(err, ['web-1  | o, \n']);
});

test('a line of many megabytes is gathered once, and one without an end is not kept for ever', () => {
  const { printer, out } = printerFor('a');
  const piece = Buffer.alloc(1 << 14, 'x');
  for (let count = 0; count < 5000; count++) printer.write('a', piece);
  printer.write('a', Buffer.from('\n'));
  const lengths = out.map((text) => text.length);
  assert.deepEqual(lengths, [
    (64 << 20) + 'a  | \n'.length,
    5000 * piece.length - (64 << 20) + 'a  | \n'.length,
  ]);
});
