import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { start } from '../lib/exec.ts';
import { Pidfd } from './pidfd.ts';

test('a process is signalled, and known to have ended', async () => {
  const child = start('sleep', ['60']);
  const process = Pidfd.open(child.pid ?? 0);
  assert.equal(process.ended, false);
  assert.equal(process.exitCode(), undefined);
  assert.equal(process.signal(0), true);
  assert.equal(process.signal(15), true);
  await once(child, 'exit');
  assert.equal(process.ended, true);
  assert.equal(process.signal(15), false);
  assert.ok([undefined, 143].includes(process.exitCode()));
  process.close();
  process.close();
});

test('a process that is not there can’t be opened', () => {
  assert.throws(() => Pidfd.open(2 ** 22 + 1), { code: 'ESRCH' });
});
