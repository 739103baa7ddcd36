import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { HealthcheckConfig } from '../../oci/image-config.ts';
import { isRoot, openWorld, type World } from '../testing/open-world.ts';
import type { Health } from '../types.ts';

const options = { skip: isRoot ? false : 'needs root', timeout: 60_000 };
const MS = 1e6;
let world: World;
before(async () => {
  if (isRoot) world = await openWorld();
});
after(() => world?.[Symbol.asyncDispose]());

const healthOf = (id: string): Health | undefined => {
  const { state } = world.containers.get(id);
  return 'health' in state ? state.health : undefined;
};

async function until(id: string, status: Health['status']): Promise<Health> {
  for (;;) {
    const health = healthOf(id);
    if (health?.status === status) return health;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const check = (line: string, change: HealthcheckConfig = {}): { healthcheck: HealthcheckConfig } => ({
  healthcheck: { Test: ['CMD-SHELL', line], Interval: 60 * MS, Retries: 2, Timeout: 5000 * MS, ...change },
});

test('a container becomes healthy and sick, and says so in events', options, async () => {
  world.told.length = 0;
  const id = await world.run(
    'sleep 0.3; touch /ok; sleep 1000',
    check('echo probing; test -e /ok', { StartPeriod: 3000 * MS, StartInterval: 50 * MS }),
  );
  assert.equal(healthOf(id)?.status, 'starting');
  const healthy = await until(id, 'healthy');
  assert.deepEqual(
    [healthy.failingStreak, healthy.log.at(-1)?.exitCode, healthy.log.at(-1)?.output],
    [0, 0, 'probing\n'],
  );
  assert.ok(healthy.log.length <= 5);
  const { execCreate, execStart } = world.containers;
  const spec = {
    env: [],
    workingDir: '',
    user: '',
    tty: false,
    privileged: false,
    attach: { stdin: false, stdout: false, stderr: false },
  };
  await execStart.call(
    world.containers,
    await execCreate.call(world.containers, id, { ...spec, cmd: ['rm', '/ok'] }),
    { detach: true, tty: false },
  );
  const sick = await until(id, 'unhealthy');
  assert.equal(sick.failingStreak >= 2, true);
  assert.deepEqual(
    world.told.filter((action) => action.startsWith('health')),
    ['health_status: healthy', 'health_status: unhealthy'],
  );
  const probing = '/bin/sh -c echo probing; test -e /ok';
  const first = world.told.indexOf(`exec_create: ${probing}`);
  assert.deepEqual(world.told.slice(first, first + 3), [
    `exec_create: ${probing}`,
    `exec_start: ${probing}`,
    'exec_die',
  ]);
  await world.containers.kill(id);
  assert.equal(healthOf(id)?.status, 'unhealthy');
});

test('a probe that takes too long is killed and counts as a failure', options, async () => {
  const id = await world.run(['sleep', '1000'], check('sleep 100', { Timeout: 100 * MS, Retries: 1 }));
  const { log } = await until(id, 'unhealthy');
  assert.equal(log[0]?.exitCode, -1);
  assert.match(log[0]?.output ?? '', /^Health check exceeded timeout \(100ms\)/);
  const { processes, titles } = await world.containers.top(id, '');
  const commands = processes.map((columns) => columns[titles.indexOf('CMD')]);
  assert.ok(commands.filter((command) => command?.includes('sleep 100')).length <= 3, commands.join());
  await world.containers.remove(id, { force: true });
});

test('output of a probe is cut at 4 KiB, exec form needs no shell', options, async () => {
  const id = await world.run(['sleep', '1000'], {
    healthcheck: { Test: ['CMD', 'seq', '5000'], Interval: 50 * MS },
  });
  const { log } = await until(id, 'healthy');
  assert.equal(log.at(-1)?.output.length, 4096 + 3);
  await world.containers.remove(id, { force: true });
});

test('no check is made when the image’s is switched off', options, async () => {
  const id = await world.run(['sleep', '1000'], { healthcheck: { Test: ['NONE'] } });
  assert.equal(healthOf(id), undefined);
});
