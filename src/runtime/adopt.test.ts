/** Runs real containers under engines that are killed: needs root, conmon, runc and a static busybox. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { start } from '../lib/exec.ts';
import { randomId } from '../lib/id.ts';
import { CgroupHierarchy } from './cgroup/hierarchy.ts';
import { cgroupsPath } from './spec/make-runtime-spec.ts';
import { loggedText } from './testing/parse-log.ts';
import { unmet } from './testing/requirements.ts';
import { makeTestProcess, openSandboxRuntime, Sandbox } from './testing/sandbox.ts';

const options = { skip: unmet, timeout: 30_000 };
const program = fileURLToPath(new URL('testing/engine-child.ts', import.meta.url));
let box: Sandbox;
before(async () => {
  if (!unmet) box = await Sandbox.make();
});
after(async () => await box?.[Symbol.asyncDispose]());

/** An engine makes a container and is killed `later` ms after it said `word`. Returns the container's id, known to no runtime. */
async function orphan(
  script: string,
  until: 'created' | 'running' = 'running',
  word = 'ready',
  later = 0,
): Promise<string> {
  const id = box.options([]).spec.id;
  const child = start(process.execPath, [program, box.root, id, script, until], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  while (!said.includes(word)) await delay(2);
  if (later > 0) await delay(later);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return id;
}

const groupsOf = (id: string): string[] =>
  new CgroupHierarchy().directories(cgroupsPath(id)).filter((directory) => existsSync(directory));

test(
  'a container outlives the engine: output, exec, signals and exit code work for the next one',
  options,
  async () => {
    const script = 'trap "exit 3" TERM; i=0; while :; do echo $i; i=$((i+1)); sleep 0.01; done';
    const id = await orphan(script);
    const bundle = box.bundle(id);
    const adopted = await box.runtime.adopt(id, bundle);
    assert.ok(adopted?.state === 'running');
    const size = readFileSync(box.log(id)).length;
    while (readFileSync(box.log(id)).length === size) await delay(5);
    const handle = await box.runtime.exec(id, bundle, makeTestProcess(['true']), {
      stdin: false,
      stdout: false,
      stderr: false,
      detach: false,
    });
    assert.equal(await handle.exited, 0);
    await box.runtime.kill(id, 15);
    assert.equal((await adopted.container.exited).code, 3);
    const lines = loggedText(box.log(id), 'stdout').trim().split('\n');
    assert.deepEqual(
      lines,
      Array.from({ length: lines.length }, (_unused, index) => String(index)),
    );
  },
);

test('an exit while no engine runs is found', options, async () => {
  const id = await orphan('sleep 0.1; exit 42');
  const file = join(box.root, 'exits', id);
  while (!existsSync(file)) await delay(5);
  const adopted = await box.runtime.adopt(id, box.bundle(id));
  assert.ok(adopted?.state === 'exited');
  assert.equal(adopted.exit.code, 42);
  assert.ok(Date.now() - adopted.exit.at.getTime() < 5000);
});

test('an exit while the next engine starts is not lost', options, async () => {
  for (const wait of ['0.05', '0.06', '0.07']) {
    const id = await orphan(`sleep ${wait}; exit 43`);
    const adopted = await box.runtime.adopt(id, box.bundle(id));
    const exit = adopted?.state === 'exited' ? adopted.exit : await adopted?.container.exited;
    assert.equal(exit?.code, 43);
  }
});

test('a created container is adopted as such, and can be started', options, async () => {
  const id = await orphan('exit 4', 'created');
  const adopted = await box.runtime.adopt(id, box.bundle(id));
  assert.ok(adopted?.state === 'created');
  await box.runtime.start(id);
  assert.equal((await adopted.container.exited).code, 4);
});

test('a paused container is adopted as such', options, async () => {
  const container = await box.run(['sh', '-c', 'sleep 60']);
  await box.runtime.pause(container.id);
  const next = await openSandboxRuntime(box.root);
  const adopted = await next.adopt(container.id, box.bundle(container.id));
  assert.ok(adopted?.state === 'paused');
  await next.resume(container.id);
  await next.kill(container.id, 9);
  assert.equal((await adopted.container.exited).code, 137);
  next.close();
});

test('without its monitor a container’s exit code comes from the kernel', options, async () => {
  const container = await box.run(['sh', '-c', 'sleep 0.2; exit 21']);
  process.kill(Number(readFileSync(join(box.bundle(container.id), 'conmon.pid'), 'utf8')), 'SIGKILL');
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const tells = major > 6 || (major === 6 && minor >= 15);
  assert.equal((await container.exited).code, tells ? 21 : 137);
  assert.equal(readFileSync(join(box.root, 'exits', container.id), 'utf8'), tells ? '21' : '137');
});

test('an adopted container whose monitor was killed is still waited for', options, async () => {
  const id = await orphan('sleep 1.5; exit 22');
  process.kill(Number(readFileSync(join(box.bundle(id), 'conmon.pid'), 'utf8')), 'SIGKILL');
  const adopted = await box.runtime.adopt(id, box.bundle(id));
  assert.ok(adopted?.state === 'running');
  assert.ok([22, 137].includes((await adopted.container.exited).code));
});

test(
  'an engine killed at any moment of a create leaves nothing that delete does not remove',
  options,
  async () => {
    for (const later of [1, 6, 12, 20, 30]) {
      const id = await orphan('sleep 60', 'running', 'going', later);
      const bundle = box.bundle(id);
      const adopted = await box.runtime.adopt(id, bundle);
      await box.runtime.delete(id, bundle);
      assert.deepEqual(groupsOf(id), [], `killed after ${later} ms, adopted as ${adopted?.state}`);
      assert.ok(!existsSync(bundle));
      assert.ok(!existsSync(join(box.root, 'r', id)));
    }
  },
);

test('nothing is known of a container that never was', options, async () => {
  assert.equal(await box.runtime.adopt(randomId(), join(box.root, 'c/none')), undefined);
});
