import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { isRoot, openWorld, type World } from './testing/open-world.ts';
import type { Attachment, Containers } from './types.ts';

const options = { skip: isRoot ? false : 'needs root', timeout: 60_000 };
let world: World;
before(async () => {
  if (isRoot) world = await openWorld({ settings: { logMaxSize: 300_000, logMaxFile: 50 } });
});
after(() => world?.[Symbol.asyncDispose]());

const everything = { stdin: true, stdout: true, stderr: true, logs: false, stream: true };

async function attach(
  id: string,
  change: Partial<Parameters<Containers['attach']>[1]> = {},
): Promise<Attachment & { text: Promise<string> }> {
  const signal = change.signal ?? new AbortController().signal;
  const attachment = await world.containers.attach(id, { ...everything, ...change, signal });
  const text = (async () => {
    let all = '';
    for await (const batch of attachment.output) for (const { data } of batch) all += data.toString('latin1');
    return all;
  })();
  return { ...attachment, text };
}

test(
  'attached before the start, a client gets the first byte and sends until its end of file',
  options,
  async () => {
    const id = await world.create(['cat'], { openStdin: true, stdinOnce: true });
    const client = await attach(id);
    client.stdin?.write('early ');
    await world.containers.start(id);
    client.stdin?.write('bird\n');
    client.stdin?.end();
    assert.equal(await client.text, 'early bird\n');
    assert.equal(await world.exitOf(id), 0);
  },
);

test('megabytes pass through stdin and back, byte for byte', options, async () => {
  const id = await world.create(['sha256sum'], { openStdin: true, stdinOnce: true });
  const client = await attach(id);
  await world.containers.start(id);
  const block = Buffer.alloc(1 << 20, 'x');
  for (let count = 0; count < 8; count += 1)
    await new Promise((resolve) => client.stdin?.write(block, resolve));
  client.stdin?.end();
  const { createHash } = await import('node:crypto');
  const expected = createHash('sha256')
    .update(Buffer.alloc(8 << 20, 'x'))
    .digest('hex');
  assert.equal(await client.text, `${expected}  -\n`);
});

test('several clients see the same, leaving one keeps the others and the input', options, async () => {
  const id = await world.run(['cat'], { openStdin: true });
  const [first, second] = [await attach(id), await attach(id)];
  first.stdin?.end('one\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  second.stdin?.write('two\n');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const late = await attach(id, { logs: true, stdin: false });
  assert.equal(late.stdin, undefined);
  await world.containers.kill(id);
  for (const client of [first, second, late]) assert.equal(await client.text, 'one\ntwo\n');
});

test('a container without a log can be attached to, its log can not be read', options, async () => {
  const id = await world.create('echo seen', { log: { driver: 'none', options: {} } });
  const client = await attach(id);
  await world.containers.start(id);
  assert.equal(await client.text, 'seen\n');
  assert.throws(
    () => world.containers.logs(id, { stdout: true, stderr: true, follow: false }),
    /configured logging driver does not support reading/,
  );
});

test('a terminal passes keys and sizes', options, async () => {
  const id = await world.create('stty size; read line; stty size; echo "got $line"', {
    openStdin: true,
    stdinOnce: true,
    tty: true,
    consoleSize: { height: 30, width: 90 },
  });
  const client = await attach(id);
  await world.containers.start(id);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await world.containers.resize(id, { height: 40, width: 100 });
  client.stdin?.write('hi\r');
  assert.equal(await client.text, '30 90\r\nhi\r\n40 100\r\ngot hi\r\n');
});

test('a client that leaves a terminal leaves the container running', options, async () => {
  const id = await world.run(['sh'], { openStdin: true, stdinOnce: true, tty: true });
  const client = await attach(id);
  client.stdin?.write('echo $((6*7))\r');
  await new Promise((resolve) => setTimeout(resolve, 150));
  (client.stdin as Writable | undefined)?.destroy();
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(world.containers.get(id).state.status, 'running');
  const again = await attach(id);
  again.stdin?.write('exit 9\r');
  assert.equal(await world.exitOf(id), 9);
  assert.match(await client.text, /42/);
});

test('followers lose and double nothing over rotations', options, async () => {
  const count = 30_000;
  const part =
    'while [ $((i % 5000)) != 0 ] || [ $i = $begin ]; do echo "line $i of the output"; i=$((i+1)); done';
  const id = await world.create(`i=0; while read next; do begin=$i; ${part}; done`, {
    openStdin: true,
    stdinOnce: true,
  });
  const client = await attach(id);
  await world.containers.start(id);
  const rotated = (): number =>
    readdirSync(dirname(world.containers.get(id).paths.log)).filter((name) => name.startsWith('output.log.'))
      .length;
  const feeding = (async () => {
    for (let lines = 0; lines < count; lines += 5000) {
      const before = rotated();
      client.stdin?.write('next\n');
      while (rotated() === before) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    client.stdin?.end();
  })();
  const followed = (async () => {
    let text = '';
    const entries = world.containers.logs(id, { stdout: true, stderr: true, follow: true });
    for await (const batch of entries) for (const { data } of batch) text += data.toString();
    return text;
  })();
  const expected = Array.from({ length: count }, (_, index) => `line ${index} of the output\n`).join('');
  assert.ok((await client.text) === expected);
  assert.ok((await followed) === expected);
  assert.ok((await world.output(id)) === expected);
  await feeding;
});

test('who waits for the exit is told after the attached client has all of the output', options, async () => {
  const id = await world.create('echo first; echo last');
  const { output } = await world.containers.attach(id, {
    ...everything,
    signal: new AbortController().signal,
  });
  const order: string[] = [];
  const read = (async () => {
    for await (const batch of output) {
      await new Promise((resolve) => setTimeout(resolve, 300)); // a slow connection
      order.push(...batch.map(({ data }) => data.toString().trim()));
    }
  })();
  const waited = world.containers.wait(id, 'next-exit').done.then(() => order.push('exit'));
  await world.containers.start(id);
  await Promise.all([read, waited]);
  assert.deepEqual(order.join(' ').split(/\s+/), ['first', 'last', 'exit']);
});
