import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from './context.ts';
import { inspectAll } from './inspect-all.ts';

async function shown(format: string): Promise<string> {
  let text = '';
  const stream = { write: (more: string) => void (text += more) };
  const context = { out: stream, err: stream } as unknown as Context;
  await inspectAll(context, ['x'], format, () => Promise.resolve({ Id: 'abc', Name: 'x' }));
  return text;
}

test('a template may call the id as the API does, or as Docker does', async () => {
  assert.equal(await shown('{{.Id}} {{.Name}}'), 'abc x\n');
  assert.equal(await shown('{{.ID}} {{.Name}}'), 'abc x\n');
  assert.match(await shown('{{.ID}} {{.Id}}'), /template parsing error: .*map has no entry for key "ID"/);
});
