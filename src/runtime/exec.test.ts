/** Runs real containers: needs root, conmon, runc and a static busybox. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from './start-error.ts';
import { unmet } from './testing/requirements.ts';
import { makeTestProcess, Sandbox } from './testing/sandbox.ts';
import type { ExecHandle, ExecOptions, ProcessSpec, RunningContainer } from './types.ts';

const options = { skip: unmet, timeout: 30_000 };
const all: ExecOptions = { stdin: true, stdout: true, stderr: true, detach: false };
let box: Sandbox;
let container: RunningContainer;
before(async () => {
  if (unmet) return;
  box = await Sandbox.make();
  container = await box.run(['sleep', '600']);
});
after(async () => await box?.[Symbol.asyncDispose]());

const exec = (
  args: readonly string[],
  how: Partial<ExecOptions> = {},
  process: Partial<ProcessSpec> = {},
): Promise<ExecHandle> =>
  box.runtime.exec(container.id, box.bundle(container.id), makeTestProcess(args, process), {
    ...all,
    ...how,
  });

const read = async (stream: NodeJS.ReadableStream | undefined): Promise<string> =>
  stream ? await text(stream) : '';

test('streams are kept apart and complete, and the exit code is the program’s', options, async () => {
  const handle = await exec(['sh', '-c', 'echo out; echo err >&2; exit 4'], { stdin: false });
  const [out, err, code] = await Promise.all([read(handle.stdout), read(handle.stderr), handle.exited]);
  assert.deepEqual([out, err, code], ['out\n', 'err\n', 4]);
  assert.equal(handle.stdin, undefined);
});

test('input reaches the program, and its end is end of file', options, async () => {
  const handle = await exec(['wc', '-c']);
  const count = 300_000;
  handle.stdin?.end(Buffer.alloc(count, 'x'));
  assert.equal((await read(handle.stdout)).trim(), String(count));
  assert.equal(await handle.exited, 0);
});

test('a large output is complete though it is read late', options, async () => {
  const handle = await exec(['dd', 'if=/dev/zero', 'bs=65536', 'count=64'], { stderr: false });
  await delay(50);
  assert.equal((await read(handle.stdout)).length, 64 * 65536);
});

test('a signal counts as 128 and its number', options, async () => {
  const handle = await exec(['sh', '-c', 'kill -9 $$'], { stdin: false });
  assert.equal(await handle.exited, 137);
});

test('the process has the given user, directory and environment', options, async () => {
  const user = { uid: 1000, gid: 1000, additionalGids: [50], home: '/', name: 'alice' };
  const handle = await exec(
    ['sh', '-c', 'id -u; id -G; pwd; echo $X'],
    {},
    {
      user,
      cwd: '/tmp',
      env: ['PATH=/bin', 'X=y z'],
    },
  );
  assert.equal(await read(handle.stdout), '1000\n1000 50\n/tmp\ny z\n');
});

for (const tty of [false, true]) {
  const how = tty ? 'on a terminal' : 'with pipes';

  test(`what can’t be executed fails with 126 or 127 ${how}`, options, async () => {
    const fails = async (args: readonly string[], exitCode: number, message: RegExp): Promise<void> => {
      await assert.rejects(exec(args, {}, { tty }), (error: unknown) => {
        assert.ok(error instanceof StartError);
        assert.equal(error.exitCode, exitCode);
        assert.match(
          error.message,
          /^OCI runtime exec failed: exec failed: unable to start container process: /,
        );
        assert.match(error.message, message);
        return true;
      });
    };
    await fails(['foo'], 127, /exec: "foo": executable file not found in \$PATH \(no foo in \/bin\)$/);
    await fails(['bash'], 127, /\(no bash in \/bin, but there is \/bin\/sh\)$/);
    await fails(
      ['/nope'],
      127,
      /exec: "\/nope": stat \/nope: no such file or directory \(.*does not exist in the container\)$/,
    );
    await fails(['/etc/passwd'], 126, /exec: "\/etc\/passwd": permission denied \(.*mode 0644.*\)$/);
    await fails(['/etc'], 126, /permission denied \(\/etc is a directory\)$/);
  });
}

test(
  'on a terminal output is one stream, with its size set from the start and changed later',
  options,
  async () => {
    const script = 'stty size; trap "stty size; exit 6" WINCH; echo ready >&2; while :; do sleep 0.01; done';
    const handle = await exec(
      ['sh', '-c', script],
      {},
      { tty: true, consoleSize: { height: 31, width: 71 } },
    );
    assert.equal(handle.stderr, undefined);
    let seen = '';
    handle.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    while (!seen.includes('ready')) await delay(5);
    await handle.resize({ height: 50, width: 120 });
    assert.equal(await handle.exited, 6);
    assert.equal(seen, '31 71\r\nready\r\n50 120\r\n');
  },
);

test('what is typed on a terminal reaches the program, and Ctrl-C interrupts it', options, async () => {
  const handle = await exec(['sh'], {}, { tty: true });
  let seen = '';
  handle.stdout?.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  handle.stdin?.write('tty; sleep 100\r');
  while (!seen.includes('/dev/pts/')) await delay(5);
  await delay(30);
  handle.stdin?.write('\u0003');
  handle.stdin?.write('echo a$((40+2)); exit 3\r');
  assert.equal(await handle.exited, 3);
  assert.match(seen, /a42\r\n/);
});

test('input of a program that has ended goes nowhere', options, async () => {
  for (const tty of [false, true]) {
    const handle = await exec(['true'], {}, { tty });
    handle.stdin?.write('x');
    await handle.exited;
    await delay(10);
    handle.stdin?.write(Buffer.alloc(100_000));
    handle.stdin?.end('y');
  }
  await delay(30);
});

test('a large output of a terminal is complete though it is read late', options, async () => {
  const count = 20_000;
  const handle = await exec(
    ['sh', '-c', `i=0; while [ $i -lt ${count} ]; do echo $i; i=$((i+1)); done`],
    {},
    { tty: true },
  );
  await delay(100);
  const lines = (await read(handle.stdout)).split('\r\n');
  assert.equal(lines.length, count + 1);
  assert.equal(lines[count - 1], String(count - 1));
});

const [major = 0, minor = 0] = release().split('.').map(Number);
const tellsExitCodes = major > 6 || (major === 6 && minor >= 15);

test(
  'what a program left in the background does not hold up its exit',
  { ...options, ...(!tellsExitCodes && { skip: 'needs Linux 6.15' }) },
  async () => {
    const handle = await exec(['sh', '-c', 'sleep 1000 & echo hi; sleep 0.5; exit 5'], { stdin: false });
    handle.stderr?.resume();
    let out = '';
    handle.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    assert.deepEqual([await handle.exited, out], [5, 'hi\n']);
  },
);

test('a detached exec runs on, and tells its exit code', options, async () => {
  const handle = await exec(['sh', '-c', 'echo lost; sleep 0.1; exit 8'], { detach: true });
  assert.equal(handle.stdout, undefined);
  assert.ok(existsSync(`/proc/${handle.pid}`));
  assert.equal(await handle.exited, 8);
});

test('no file of an exec stays', options, async () => {
  await delay(20);
  assert.deepEqual(readdirSync(join(box.bundle(container.id), 'exec')), []);
});

test('an aborted exec is given up', options, async () => {
  await assert.rejects(exec(['sleep', '99'], { signal: AbortSignal.timeout(5) }), { name: 'TimeoutError' });
  await assert.rejects(exec(['sleep', '99'], { signal: AbortSignal.timeout(5) }, { tty: true }), {
    name: 'TimeoutError',
  });
});

test('nothing can be executed in a container that ended', options, async () => {
  const ended = await box.run(['true']);
  await ended.exited;
  const process = makeTestProcess(['true']);
  await assert.rejects(box.runtime.exec(ended.id, box.bundle(ended.id), process, all), {
    kind: 'conflict',
    message: `container ${ended.id} is not running`,
  });
});
