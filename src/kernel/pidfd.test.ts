import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChildProcess, start } from '../lib/exec.ts';
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

test('how a process ended is known of a zombie, and never taken from another one with its number', async () => {
  const zombie = await makeZombie(7);
  assert.equal(zombie.held.exitCode(), 7);

  const reaped = start('sleep', ['60']);
  const held = Pidfd.open(reaped.pid ?? 0);
  held.signal(15);
  await once(reaped, 'exit');
  const reused = Object.assign(held, { pid: zombie.held.pid });
  assert.ok([undefined, 143].includes(reused.exitCode()));

  zombie.parent.kill();
  await once(zombie.parent, 'exit');
  held.close();
  zombie.held.close();
});

/** A process that ended with `code`, and its parent, which never asks. */
async function makeZombie(code: number): Promise<{ parent: ChildProcess; held: Pidfd }> {
  const script = `(read line; exit ${code}) <&3 & echo $!; exec sleep 60 3<&-`;
  const parent = start('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  assert.ok(parent.stdout);
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const held = Pidfd.open(Number(line));
  parent.stdio[3]?.destroy();
  while (!held.ended) await delay(5);
  return { parent, held };
}
