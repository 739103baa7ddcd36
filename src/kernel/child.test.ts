import assert from 'node:assert/strict';
import { closeSync, readFileSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { Child } from './child.ts';
import { openPipe } from './pipe.ts';

/** Runs a shell with a pipe as its descriptors 1 and 3. */
function shell(script: string, env: Record<string, string | undefined> = {}) {
  const pipe = openPipe();
  const child = Child.spawn('/bin/sh', {
    args: ['-c', script],
    env: { PATH: process.env['PATH'], ...env },
    cwd: '/usr',
    descriptors: [undefined, pipe.write, undefined, pipe.write],
  });
  closeSync(pipe.write);
  return { child, output: text(new Socket({ fd: pipe.read, readable: true, writable: false })) };
}

test('a child has the arguments, variables, directory and descriptors it was given, and none of ours', async () => {
  const { child, output } = shell(
    'pwd; echo "$A-$B"; readlink /proc/self/fd/0; ls /proc/self/fd | grep -c "^[0-9]$"; echo three >&3',
    {
      A: '1',
      B: undefined,
    },
  );
  // 0 to 3, and the directory that ls reads
  assert.equal(await output, '/usr\n1-\n/dev/null\n5\nthree\n');
  assert.deepEqual(await child.ended, { code: 0 });
});

test('it tells how each of many children ended, also those that end at once', async () => {
  const children = Array.from({ length: 20 }, (_, index) => shell(`exit ${index}`).child);
  const killed = shell('kill -9 $$').child;
  const exits = await Promise.all(children.map(({ ended }) => ended));
  assert.deepEqual(
    exits,
    children.map((_, code) => ({ code })),
  );
  assert.deepEqual(await killed.ended, { signal: constants.signals.SIGKILL });
  assert.equal(killed.kill(0), false);
});

test('it leads a session of its own, and ignores and blocks no signal', async () => {
  const { child, output } = shell(
    'grep -E "^Sig(Ign|Blk)" /proc/self/status; read x < /proc/$$/stat; echo $x',
  );
  const [ignored = '', blocked = '', stat = ''] = (await output)
    .split('\n')
    .toReversed()
    .slice(1)
    .toReversed();
  assert.deepEqual(
    [ignored, blocked].map((line) => /0+$/.test(line)),
    [true, true],
  );
  assert.equal(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3], String(child.pid));
  await child.ended;
});

test('it can be killed', async () => {
  const { child } = shell('exec sleep 60');
  assert.ok(child.kill(constants.signals.SIGTERM));
  assert.deepEqual(await child.ended, { signal: constants.signals.SIGTERM });
});

test('what can not be executed is an error, and our descriptors stay as they were', () => {
  const before = descriptors();
  assert.throws(
    () =>
      Child.spawn('/nope', { args: [], env: {}, cwd: '/', descriptors: [undefined, undefined, undefined] }),
    { code: 'ENOENT', message: 'execute /nope: ENOENT' },
  );
  assert.deepEqual(descriptors(), before);
});

const descriptors = (): string[] =>
  [0, 1, 2].map((fd) => readlinkSync(`/proc/self/fd/${fd}`)).concat(readFileSync('/proc/self/comm', 'utf8'));
