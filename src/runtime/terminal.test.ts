/** Runs real containers: needs root, conmon, runc and a static busybox. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loggedText } from './testing/parse-log.ts';
import { unmet } from './testing/requirements.ts';
import { makeTestProcess, Sandbox } from './testing/sandbox.ts';

const options = { skip: unmet, timeout: 30_000 };
let box: Sandbox;
before(async () => {
  if (!unmet) box = await Sandbox.make();
});
after(async () => await box?.[Symbol.asyncDispose]());

const waitFor = async (id: string, part: string): Promise<void> => {
  while (!loggedText(box.log(id), 'stdout').includes(part)) await delay(5);
};

test('a terminal has the size that it was made with, and can be resized', options, async () => {
  const script = 'stty size; trap "stty size; exit 2" WINCH; echo ready; while :; do sleep 0.01; done';
  const process = makeTestProcess(['sh', '-c', script], {
    tty: true,
    consoleSize: { height: 20, width: 60 },
  });
  const container = await box.run([], { spec: { process } });
  await waitFor(container.id, 'ready');
  await box.runtime.resize(container.id, box.bundle(container.id), { height: 41, width: 5000 });
  assert.equal((await container.exited).code, 2);
  assert.equal(loggedText(box.log(container.id), 'stdout'), '20 60\r\nready\r\n41 1000\r\n');
});

test('what is typed reaches the program on a terminal', options, async () => {
  const process = makeTestProcess(['sh'], { tty: true });
  const container = await box.run([], { spec: { process }, stdin: true });
  const stdin = await box.runtime.openStdin(container.id, box.bundle(container.id));
  stdin.write('echo a$((40+2)); exit 3\r');
  assert.equal((await container.exited).code, 3);
  assert.match(loggedText(box.log(container.id), 'stdout'), /a42\r\n/);
});

test('input may be given before start; its end is end of file', options, async () => {
  const request = box.options(['wc', '-c'], { stdin: true });
  const container = await box.runtime.create(request);
  const stdin = await box.runtime.openStdin(container.id, request.bundle);
  const count = 500_000;
  stdin.end(Buffer.alloc(count, 'x'));
  await box.runtime.start(container.id);
  assert.equal((await container.exited).code, 0);
  assert.equal(loggedText(box.log(container.id), 'stdout').trim(), String(count));
});

test('input that is to stay open outlives the clients', options, async () => {
  const container = await box.run(['sh', '-c', 'for i in 1 2; do read x; echo $x; done'], {
    stdin: true,
    stdinOnce: false,
  });
  const bundle = box.bundle(container.id);
  (await box.runtime.openStdin(container.id, bundle)).end('one\n');
  await waitFor(container.id, 'one');
  (await box.runtime.openStdin(container.id, bundle)).end('two\n');
  assert.equal((await container.exited).code, 0);
  assert.equal(loggedText(box.log(container.id), 'stdout'), 'one\ntwo\n');
});

test('a program that does not read holds up the writer, not its own output', options, async () => {
  const container = await box.run(['sh', '-c', 'sleep 0.3; echo fine; cat >/dev/null'], { stdin: true });
  const stdin = await box.runtime.openStdin(container.id, box.bundle(container.id));
  stdin.end(Buffer.alloc(4 << 20));
  assert.equal((await container.exited).code, 0);
  assert.equal(loggedText(box.log(container.id), 'stdout'), 'fine\n');
});

test('the input of a container that ended can’t be opened', options, async () => {
  const container = await box.run(['true'], { stdin: true });
  await container.exited;
  await assert.rejects(box.runtime.openStdin(container.id, box.bundle(container.id)), { kind: 'conflict' });
});
