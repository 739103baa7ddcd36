/** Runs real containers: needs root, conmon, runc and a static busybox. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CgroupHierarchy } from './cgroup/hierarchy.ts';
import { cgroupsPath } from './spec/make-runtime-spec.ts';
import { loggedText } from './testing/parse-log.ts';
import { unmet } from './testing/requirements.ts';
import { makeSpec, makeTestProcess, Sandbox } from './testing/sandbox.ts';

const options = { skip: unmet, timeout: 30_000 };
let box: Sandbox;
before(async () => {
  if (!unmet) box = await Sandbox.make();
});
after(async () => await box?.[Symbol.asyncDispose]());

test('output is logged to the byte, by stream, and the exit code is the program’s', options, async () => {
  const container = await box.run(['sh', '-c', 'echo out; echo err >&2; printf "no end"; exit 7']);
  assert.equal((await container.exited).code, 7);
  assert.equal(loggedText(box.log(container.id), 'stdout'), 'out\nno end');
  assert.equal(loggedText(box.log(container.id), 'stderr'), 'err\n');
});

test('nothing runs before start, and start works once', options, async () => {
  const container = await box.runtime.create(box.options(['sh', '-c', 'echo ran; sleep 60']));
  await delay(50);
  assert.equal(loggedText(box.log(container.id), 'stdout'), '');
  await box.runtime.start(container.id);
  await assert.rejects(box.runtime.start(container.id), { kind: 'conflict' });
});

test('a signal ends the program with 128 and its number', options, async () => {
  const container = await box.run([
    'sh',
    '-c',
    'trap "exit 3" TERM; echo ready; while :; do sleep 0.01; done',
  ]);
  while (!loggedText(box.log(container.id), 'stdout')) await delay(5);
  await box.runtime.kill(container.id, 15);
  assert.equal((await container.exited).code, 3);
  await assert.rejects(box.runtime.kill(container.id, 15), { kind: 'conflict' });

  const other = await box.run(['sleep', '60']);
  await box.runtime.kill(other.id, 9);
  assert.deepEqual({ ...(await other.exited), at: 0 }, { code: 137, oomKilled: false, at: 0 });
});

test('a signal waits until a program that has just begun handles it', options, async () => {
  const program = [
    'sh',
    '-c',
    'for i in $(seq 2000); do :; done; trap "exit 3" TERM; while :; do sleep 0.01; done',
  ];
  for (let round = 0; round < 5; round += 1) {
    const container = await box.run(program);
    await box.runtime.kill(container.id, 15);
    assert.equal((await container.exited).code, 3);
  }
});

test('delete ends what runs, and leaves no state, group, process or file', options, async () => {
  const container = await box.run(['sh', '-c', 'sleep 60 & sleep 60']);
  assert.ok(existsSync(`/proc/${container.pid}`));
  await box.runtime.delete(container.id, box.bundle(container.id));
  assert.equal((await container.exited).code, 137);
  assert.ok(!existsSync(`/proc/${container.pid}`));
  assert.ok(!existsSync(box.bundle(container.id)));
  assert.deepEqual(
    readdirSync(join(box.root, 'r')).filter((name) => name === container.id),
    [],
  );
  assert.deepEqual(
    readdirSync(join(box.root, 'exits')).filter((name) => name === container.id),
    [],
  );
  const groups = new CgroupHierarchy().directories(cgroupsPath(container.id));
  assert.deepEqual(
    groups.filter((directory) => existsSync(directory)),
    [],
  );
  await box.runtime.delete(container.id, box.bundle(container.id)); // may be repeated
});

test('the exit code is on disk from the exit until delete', options, async () => {
  const container = await box.run(['sh', '-c', 'exit 5']);
  await container.exited;
  const file = join(box.root, 'exits', container.id);
  assert.equal(readFileSync(file, 'utf8'), '5');
  await box.runtime.delete(container.id, box.bundle(container.id));
  assert.ok(!existsSync(file));
});

test('a container over its memory limit is killed and says so', options, async () => {
  const hog = ['sh', '-c', 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done'];
  const limit = 20 << 20;
  const container = await box.run(hog, { spec: { resources: { memory: limit, memorySwap: limit } } });
  assert.deepEqual({ ...(await container.exited), at: 0 }, { code: 137, oomKilled: true, at: 0 });
});

test('limits can be changed while it runs', options, async () => {
  const container = await box.run(['sleep', '60'], { spec: { resources: { memory: 64 << 20 } } });
  assert.equal((await box.runtime.processes(container.id)).length, 1); // the runtime's init has given way
  assert.equal((await box.runtime.stats(container.id, container.pid)).memoryLimit, 64 << 20);
  await box.runtime.update(container.id, { memory: 32 << 20, memorySwap: 64 << 20, pidsLimit: 17 });
  const stats = await box.runtime.stats(container.id, container.pid);
  assert.equal(stats.memoryLimit, 32 << 20);
  assert.equal(stats.pidsLimit, 17);
  assert.ok(stats.memoryUsage > 0 && stats.cpuTotal > 0 && stats.systemCpu > stats.cpuTotal);
  assert.equal(stats.pids, 1);
});

test('a paused container stands still, and dies by SIGKILL all the same', options, async () => {
  const container = await box.run(['sh', '-c', 'while :; do echo x; sleep 0.01; done']);
  const written = (): number => readFileSync(box.log(container.id)).length;
  await box.runtime.pause(container.id);
  const deadline = Date.now() + 30_000;
  let before = -1; // the monitor may still have a line to write
  for (let now = written(); now !== before; now = written()) {
    assert.ok(Date.now() < deadline, 'it goes on');
    before = now;
    await delay(60);
  }
  await box.runtime.resume(container.id);
  while (written() === before) await delay(5);
  await box.runtime.pause(container.id);
  await box.runtime.kill(container.id, 9);
  assert.equal((await container.exited).code, 137);
});

test('processes are listed, and can all be signalled', options, async () => {
  const container = await box.run(['sh', '-c', 'sleep 61 & sleep 62 & wait']);
  while ((await box.runtime.processes(container.id)).length < 3) await delay(5);
  await box.runtime.kill(container.id, 9, { all: true });
  assert.equal((await container.exited).code, 137);
});

test('with init, PID 1 is a reaper and the program’s exit code is kept', options, async () => {
  const container = await box.run(['sh', '-c', 'cat /proc/1/cmdline; exit 9'], { spec: { init: true } });
  assert.equal((await container.exited).code, 9);
  assert.match(loggedText(box.log(container.id), 'stdout'), /^\/sbin\/docker-init/);
});

test('user, groups, limits, host name and domain reach the program', options, async () => {
  const user = { uid: 1000, gid: 50, additionalGids: [1000], home: '/', name: 'alice' };
  const process = makeTestProcess(['sh', '-c', 'id; hostname; cat /proc/sys/kernel/domainname; ulimit -n'], {
    user,
    rlimits: [{ type: 'nofile', soft: 111, hard: 1e9 }],
  });
  const container = await box.run([], { spec: { process, hostname: 'ahost', domainname: 'adomain' } });
  assert.equal((await container.exited).code, 0);
  assert.equal(
    loggedText(box.log(container.id), 'stdout'),
    'uid=1000(alice) gid=50(staff) groups=50(staff),1000(alice)\nahost\nadomain\n111\n',
  );
});

test('the root file system and what lies in /proc and /sys are guarded', options, async () => {
  const script =
    'touch /x; touch /proc/sys/kernel/hostname; echo 1 >/proc/sysrq-trigger; mount -t tmpfs x /tmp; touch /dev/y && echo fine';
  const container = await box.run(['sh', '-c', script], { spec: { readonlyRootfs: true } });
  await container.exited;
  const complaints = loggedText(box.log(container.id), 'stderr').trim().split('\n');
  assert.equal(complaints.length, 4, complaints.join('\n'));
  assert.equal(loggedText(box.log(container.id), 'stdout'), 'fine\n');
});

test('a mount on top of another is reached whatever the order', options, async () => {
  const mounts = [
    { source: '/etc', destination: '/a/b/etc', type: 'bind', options: ['rbind', 'ro'] },
    { source: 'tmpfs', destination: '/a', type: 'tmpfs', options: [] },
  ];
  const container = await box.run(['ls', '/a/b/etc/passwd'], { spec: { mounts } });
  assert.equal((await container.exited).code, 0);
});

test('rotating the log loses no line', options, async () => {
  const count = 3000;
  const container = await box.run([
    'sh',
    '-c',
    `i=0; while [ $i -lt ${count} ]; do echo $i; i=$((i+1)); done; sleep 1`,
  ]);
  const log = box.log(container.id);
  const parts: string[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    await delay(10);
    await box.runtime.rotateLog(container.id, box.bundle(container.id), log, `${log}.${turn}`);
    parts.push(`${log}.${turn}`);
  }
  await container.exited;
  const text = [...parts, log].map((part) => loggedText(part, 'stdout')).join('');
  assert.equal(text, Array.from({ length: count }, (_unused, index) => `${index}\n`).join(''));
});

test('many start and end at once', options, async () => {
  const codes = await Promise.all(
    Array.from({ length: 6 }, async (_unused, index) => {
      const container = await box.run(['sh', '-c', `exit ${index + 1}`]);
      return (await container.exited).code;
    }),
  );
  assert.deepEqual(codes, [1, 2, 3, 4, 5, 6]);
});

test('an aborted create leaves nothing', options, async () => {
  const request = box.options(['sleep', '60']);
  const signal = AbortSignal.timeout(15);
  await assert.rejects(box.runtime.create({ ...request, signal }), { name: 'TimeoutError' });
  assert.ok(!existsSync(request.bundle));
  assert.ok(!existsSync(join(box.root, 'r', request.spec.id)));
  const groups = new CgroupHierarchy().directories(cgroupsPath(request.spec.id));
  assert.deepEqual(
    groups.filter((directory) => existsSync(directory)),
    [],
  );
});

test('an unknown container is not found', options, async () => {
  await assert.rejects(box.runtime.kill('nope', 9), {
    kind: 'not-found',
    message: 'No such container: nope',
  });
  await assert.rejects(box.runtime.processes('nope'), { kind: 'not-found' });
  assert.equal(await box.runtime.adopt('nope', join(box.root, 'c/nope')), undefined);
});

test('privileged gives every capability that the engine has, and devices', options, async () => {
  const spec = { ...makeSpec('x', box.rootfs, []), privileged: true };
  const process = makeTestProcess(['sh', '-c', 'mount -t tmpfs x /tmp && ls /dev/loop-control']);
  const capabilities = ['CAP_SYS_ADMIN', 'CAP_DAC_OVERRIDE'];
  const { id: _id, ...change } = { ...spec, process: { ...process, capabilities } };
  const container = await box.run([], { spec: change });
  assert.equal((await container.exited).code, 0, loggedText(box.log(container.id), 'stderr'));
});
