import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Context } from './context.ts';
import { ask } from './prompt.ts';

function contextWith(...chunks: (string | Buffer)[]): { context: Context; shown: () => string } {
  const input = new PassThrough();
  for (const chunk of chunks) input.write(chunk);
  input.end();
  let text = '';
  const out = { write: (more: string) => void (text += more) };
  return { context: { in: input, out } as unknown as Context, shown: () => text };
}

test('each question takes one line of what is piped in', async () => {
  const { context, shown } = contextWith('yes\n  no ', 'thanks\r\nlast');
  assert.equal(await ask(context, 'one? '), 'yes');
  assert.equal(await ask(context, 'two? '), 'no thanks');
  assert.equal(await ask(context, 'three? '), 'last');
  assert.equal(await ask(context, 'four? '), undefined);
  assert.equal(shown(), 'one? two? three? four? ');
});

test('what is typed in several bytes stays whole, and an empty line is an answer', async () => {
  const bytes = Buffer.from('ä\n\n');
  const { context } = contextWith(bytes.subarray(0, 1), bytes.subarray(1));
  assert.equal(await ask(context, ''), 'ä');
  assert.equal(await ask(context, ''), '');
  assert.equal(await ask(context, ''), undefined);
});
