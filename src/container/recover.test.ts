import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { randomId } from '../lib/id.ts';
import { killEngine } from './testing/kill-engine.ts';
import { isRoot, openWorld } from './testing/open-world.ts';

const options = { skip: isRoot ? false : 'needs root', timeout: 120_000 };

const counting = 'i=0; while [ $i -lt 400 ]; do echo $i; i=$((i+1)); sleep 0.01; done; exit 9';

test('after the death of the engine everything is as it was, or known', options, async () => {
  const dir = mkdtempSync('/tmp/lct-');
  await killEngine(
    dir,
    [
      ['counter', counting, {}],
      ['short', 'sleep 0.5; exit 7', {}],
      ['gone', 'sleep 0.5', { autoRemove: true }],
      ['again', 'sleep 0.5; exit 1', { restartPolicy: { name: 'always' } }],
      [
        'stays',
        'sleep 1000',
        {
          restartPolicy: { name: 'no' },
          ports: [{ protocol: 'tcp', containerPort: 80, hostIp: '127.0.0.1', hostPort: 0 }],
        },
      ],
      ['sick', 'sleep 1000', { healthcheck: { Test: ['CMD', 'true'], Interval: 50e6 } }],
    ],
    200,
  );
  await delay(600);
  await using world = await openWorld({ dir });
  const { containers } = world;
  const state = (name: string) => containers.get(name).state;
  assert.equal(state('counter').status, 'running');
  const short = state('short');
  assert.ok(short.status === 'exited' && short.exitCode === 7);
  assert.equal(containers.find('gone'), undefined);
  assert.equal(state('again').status, 'running');
  assert.equal(state('stays').status, 'running');
  assert.equal(containers.get('stays').ports[0]?.containerPort, 80);
  const { startedAt, finishedAt } = short;
  assert.ok(finishedAt.getTime() - startedAt.getTime() < 2000);

  let text = '';
  for await (const batch of containers.logs('counter', { stdout: true, stderr: true, follow: true }))
    for (const { data } of batch) text += data.toString();
  assert.equal(text, Array.from({ length: 400 }, (_, number) => `${number}\n`).join(''));
  assert.equal(await world.exitOf('counter'), 9);
  const execId = await containers.execCreate('stays', {
    cmd: ['true'],
    env: [],
    workingDir: '',
    user: '',
    tty: false,
    privileged: false,
    attach: { stdin: false, stdout: true, stderr: true },
  });
  assert.equal(await (await containers.execStart(execId, { detach: false, tty: false }))?.exited, 0);
  const sick = state('sick');
  assert.ok('health' in sick && sick.health?.status === 'healthy');
  await containers.stop('stays', { timeout: 0 });
});

test('after a reboot the policies decide, and lost runs count as 255', options, async () => {
  const dir = mkdtempSync('/tmp/lct-');
  {
    const world = await openWorld({ dir });
    await world.run('sleep 1000', { restartPolicy: { name: 'always' } }, 'always');
    await world.run('sleep 1000', { restartPolicy: { name: 'unless-stopped' } }, 'unless');
    await world.run('sleep 1000', { restartPolicy: { name: 'unless-stopped' } }, 'stopped');
    await world.run('sleep 1000', { restartPolicy: { name: 'on-failure', maximumRetryCount: 0 } }, 'failing');
    await world.run('sleep 1000', {}, 'never');
    await world.run('sleep 1000', { autoRemove: true }, 'gone');
    await world.create('sleep 1000', { restartPolicy: { name: 'always' } }, 'unused');
    await world.containers.stop('stopped', { timeout: 0 });
    const ids = world.containers.list().map(({ id }) => id);
    const { runtime, parts } = world;
    await world.leave();
    // a reboot: processes, mounts and the run directory go, the data stays
    for (const id of ids) await runtime.delete(id, join(dir, 'run/c', id.slice(0, 12)));
    for (const id of ids) parts.snapshots.unmount(id);
    rmSync(join(dir, 'run'), { recursive: true });
    mkdirSync(join(dir, 'run'));
  }
  await using world = await openWorld({ dir });
  const status = Object.fromEntries(world.containers.list().map(({ name, state }) => [name, state.status]));
  assert.deepEqual(status, {
    always: 'running',
    unless: 'running',
    stopped: 'exited',
    failing: 'running',
    never: 'exited',
    unused: 'created',
  });
  const { state } = world.containers.get('never');
  assert.ok(state.status === 'exited' && state.exitCode === 255);
});

test('what was cut short is finished or undone', options, async () => {
  const dir = mkdtempSync('/tmp/lct-');
  const first = await openWorld({ dir });
  const removing = await first.create(['true'], {}, 'removing');
  const bare = await first.create(['true'], {}, 'bare');
  const whole = await first.create(['true'], {}, 'whole');
  await first.run('i=0; while :; do echo $i; i=$((i+1)); sleep 0.02; done', {}, 'rotating');
  const { database, snapshots } = first.parts;
  database
    .prepare(
      `UPDATE containers SET life = json_set(life, '$.state', json('{"status":"removing"}')) WHERE id = ?`,
    )
    .run(removing);
  const { log } = first.containers.get('rotating').paths;
  await first.leave();
  await snapshots.remove(bare);
  const orphan = join(dir, 'containers', 'f'.repeat(64));
  mkdirSync(orphan);
  renameSync(log, `${log}.1`); // the engine died between the renaming and the telling
  await using world = await openWorld({ dir });
  assert.deepEqual(
    world.containers
      .list()
      .map(({ name }) => name)
      .toSorted(),
    ['rotating', 'whole'],
  );
  assert.ok(!existsSync(orphan) && !existsSync(join(dir, 'containers', removing)));
  await world.containers.start(whole);
  assert.equal(await world.exitOf(whole), 0);
  await world.containers.kill('rotating');
  const lines = (await world.output('rotating')).trim().split('\n');
  assert.deepEqual(
    lines,
    lines.map((_, index) => String(index)),
  );
});

test('nothing is lost or left however often the engine is killed', options, async () => {
  const dir = mkdtempSync('/tmp/lct-');
  const slow = (index: number): string =>
    `i=0; while [ $i -lt 300 ]; do echo ${index}.$i; i=$((i+1)); sleep 0.02; done; exit ${index}`;
  const names = ['c0', 'c1', 'c2', 'c3'];
  const script = names.map((name, index) => [name, slow(index), {}]);
  for (let kill = 0; kill < 5; kill += 1) await killEngine(dir, script, 100);
  {
    await using world = await openWorld({ dir });
    for (const [index, name] of names.entries()) {
      assert.equal(await world.exitOf(name), index);
      const expected = Array.from({ length: 300 }, (_, number) => `${index}.${number}\n`).join('');
      assert.equal(await world.output(name), expected);
    }
    for (const { id } of world.containers.list()) {
      assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(id));
      assert.ok(!existsSync(join(dir, 'run/c', id.slice(0, 12))));
    }
  }
  assert.ok(!existsSync(dir));
});

test('a container whose making was cut short leaves no volume', options, async () => {
  const dir = mkdtempSync('/tmp/lct-');
  {
    const world = await openWorld({ dir });
    world.volumes.populate = () => new Promise(() => {}); // as far as it comes
    void world.create('true', { volumes: ['/bin'] }, 'half');
    while (world.volumes.list().length === 0) await delay(5);
    await world.leave();
  }
  mkdirSync(join(dir, 'volumes', randomId(), '_data'), { recursive: true }); // that was not on record yet
  mkdirSync(join(dir, 'volumes/named/_data'), { recursive: true });
  await using world = await openWorld({ dir });
  assert.deepEqual(world.containers.list(), []);
  assert.deepEqual(world.volumes.list(), []);
  assert.deepEqual(readdirSync(join(dir, 'volumes')), ['named']);
  await world.create('true', { volumes: ['/bin'] }, 'whole');
  assert.equal(world.volumes.list()[0]?.anonymous, true);
  assert.equal(existsSync(join(dir, 'containers', world.containers.get('whole').id, 'volumes')), false);
});
