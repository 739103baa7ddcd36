import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fails } from './testing/fails.ts';
import { isRoot, openWorld, type World } from './testing/open-world.ts';

// Real containers: these tests need root.
const options = { skip: isRoot ? false : 'needs root', timeout: 60_000 };
let world: World;
before(async () => {
  if (isRoot) world = await openWorld();
});
after(() => world?.[Symbol.asyncDispose]());

test('a container runs, tells its output and exit code, and goes', options, async () => {
  const { containers, told } = world;
  told.length = 0;
  const id = await world.run('echo out; echo err >&2; exit 7', { labels: { a: 'b' } }, 'first');
  assert.equal(await world.exitOf(id), 7);
  assert.equal(await world.output('first'), 'out\nerr\n');
  const { state, name, spec } = containers.get(id.slice(0, 6));
  assert.ok(state.status === 'exited' && state.exitCode === 7 && state.finishedAt >= state.startedAt);
  assert.deepEqual([name, spec.labels, spec.env.includes('FROM_IMAGE=yes')], ['first', { a: 'b' }, true]);
  await containers.remove('/first');
  assert.deepEqual(told, ['create', 'start', 'die', 'destroy']);
  assert.throws(() => containers.get('first'), fails('not-found', 'No such container: first'));
});

test('names are unique, checked and changed', options, async () => {
  const { containers } = world;
  const id = await world.create(['true'], {}, 'taken');
  await assert.rejects(
    world.create(['true'], {}, 'taken'),
    fails(
      'conflict',
      `Conflict. The container name "/taken" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
    ),
  );
  await assert.rejects(
    world.create(['true'], {}, 'a b'),
    fails('invalid', 'Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed'),
  );
  await containers.rename('taken', 'free');
  await world.create(['true'], {}, 'taken');
  await assert.rejects(
    containers.rename('free', 'taken'),
    fails('conflict', /^Error when allocating new name: Conflict/),
  );
  assert.equal(containers.get('free').id, id);
  assert.match(containers.get(await world.create(['true'])).name, /^[a-z]+_[a-z]+\d?$/);
});

test('a bad request is refused and leaves nothing', options, async () => {
  const before = world.containers.list().length;
  const bad: [object, string, RegExp][] = [
    [{ image: 'nope' }, 'not-found', /^No such image: nope/],
    [{ workingDir: 'x' }, 'invalid', /working directory 'x' is invalid/],
    [
      { log: { driver: 'splunk', options: {} } },
      'invalid',
      /^error looking up logging plugin splunk: plugin "splunk" not found$/,
    ],
    [{ securityOpt: ['what'] }, 'invalid', /^invalid --security-opt 1: "what"$/],
    [{ resources: { memory: 1024 } }, 'invalid', /^Minimum memory limit allowed is 6MB$/],
    [{ stopSignal: 'SIGNOPE' }, 'invalid', /^invalid signal: SIGNOPE$/],
    [
      { networkMode: 'container:nope' },
      'invalid',
      /^joining network namespace of container: No such container: nope$/,
    ],
    [{ autoRemove: true, restartPolicy: { name: 'always' } }, 'invalid', /AutoRemove/],
    [{ hostConfigEcho: { Runtime: 'nope' } }, 'invalid', /^unknown or invalid runtime name: nope$/],
    [{ resources: { memorySwap: 64 << 20 } }, 'invalid', /^You should always set the Memory limit/],
    [{ capAdd: ['nope'] }, 'invalid', /^invalid CapAdd: unknown capability: "CAP_NOPE"$/],
    [
      { mounts: [{ type: 'bind', source: '/nope', target: '/x', readOnly: false, origin: 'mounts' }] },
      'invalid',
      /^invalid mount config for type "bind": bind source path does not exist: \/nope$/,
    ],
  ];
  for (const [spec, kind, text] of bad)
    await assert.rejects(world.create(['true'], spec, 'bad'), fails(kind, text), JSON.stringify(spec));
  assert.equal(world.containers.list().length, before);
  await world.create(['true'], {}, 'bad');
});

test('a program that is missing or not executable ends as 127 or 126', options, async () => {
  const { containers, networks } = world;
  for (const [program, code] of [
    ['/nope', 127],
    ['/etc/passwd', 126],
  ] as const) {
    const id = await world.create([program]);
    await assert.rejects(
      containers.start(id),
      (error: Error & { exitCode?: number }) => error.exitCode === code,
    );
    const { state } = containers.get(id);
    assert.ok(state.status === 'created' && state.exitCode === code && state.error !== '');
    assert.deepEqual(networks.endpointsOf(id), []);
    await containers.remove(id);
  }
  const gone = await world.create(['/nope'], { autoRemove: true });
  await assert.rejects(containers.start(gone));
  assert.equal(containers.find(gone), undefined);
});

test('stop asks, waits and kills; kill comes in between', options, async () => {
  const { containers } = world;
  const polite = await world.run('trap "exit 5" TERM; echo up; while :; do sleep 0.02; done');
  while ((await world.output(polite)) !== 'up\n') await new Promise((resolve) => setTimeout(resolve, 10));
  await containers.stop(polite);
  assert.equal(await world.exitOf(polite), 5);
  await assert.rejects(containers.stop(polite), fails('not-modified', /not running/));

  const deaf = await world.run(['sleep', '1000']); // PID 1 ignores TERM
  world.told.length = 0;
  await containers.stop(deaf, { timeout: 0 });
  assert.equal(await world.exitOf(deaf), 137);
  assert.deepEqual(world.told, ['kill', 'kill', 'stop', 'die']);

  await containers.start(deaf);
  const stopping = containers.stop(deaf, { timeout: 100 });
  await containers.kill(deaf, 'KILL');
  await stopping;
  assert.equal(containers.get(deaf).state.status, 'exited');
  await assert.rejects(
    containers.kill(deaf),
    fails('conflict', /^cannot kill container: .* is not running$/),
  );
  await assert.rejects(
    containers.kill(deaf, 'NOPE'),
    fails('invalid', `cannot kill container: ${deaf}: invalid signal: NOPE`),
  );
});

test('removal refuses what runs unless forced, also while it starts', options, async () => {
  const { containers } = world;
  const id = await world.run(['sleep', '1000'], {}, 'busy');
  await assert.rejects(
    containers.remove(id),
    fails(
      'conflict',
      `cannot remove container "${id}": container is running: stop the container before removing or force remove`,
    ),
  );
  await containers.remove(id, { force: true });
  assert.equal(containers.find('busy'), undefined);
  const other = await world.create(['sleep', '1000']);
  await Promise.all([containers.start(other), containers.remove(other, { force: true })]);
  assert.equal(containers.find(other), undefined);
});

test('a container that removes itself tells who waits', options, async () => {
  const id = await world.create('exit 4', { autoRemove: true });
  const { done } = world.containers.wait(id, 'removed');
  const next = world.containers.wait(id, 'next-exit').done;
  await world.containers.start(id);
  assert.deepEqual([await next, await done], [{ exitCode: 4 }, { exitCode: 4 }]);
  assert.equal(world.containers.find(id), undefined);
  // a client that comes late, as those do that start and wait in two requests
  for (const condition of ['not-running', 'removed'] as const)
    assert.deepEqual(await world.containers.wait(id, condition).done, { exitCode: 4 });
  assert.throws(
    () => world.containers.wait('nosuch', 'removed'),
    fails('not-found', 'No such container: nosuch'),
  );
});

test('pause freezes, exec is refused, unpause goes on', options, async () => {
  const { containers } = world;
  const id = await world.run(['sleep', '1000']);
  await containers.pause(id);
  await assert.rejects(containers.pause(id), fails('conflict', `Container ${id} is already paused`));
  const exec = { cmd: ['true'], env: [], workingDir: '', user: '', tty: false, privileged: false };
  await assert.rejects(
    containers.execCreate(id, { ...exec, attach: { stdin: false, stdout: true, stderr: true } }),
    fails('conflict', `Container ${id} is paused, unpause the container before exec`),
  );
  await containers.unpause(id);
  assert.equal(containers.get(id).state.status, 'running');
  await containers.pause(id);
  await containers.remove(id, { force: true });
});

test('a stop during a start waits for it', options, async () => {
  const { containers } = world;
  const id = await world.create(['sleep', '100']);
  const start = containers.start(id);
  await containers.stop(id, { timeout: 0 });
  await start;
  assert.equal(containers.get(id).state.status, 'exited');
});

test('restart policies start again, and a stop ends that', options, async () => {
  const { containers } = world;
  const limited = await world.run('exit 3', { restartPolicy: { name: 'on-failure', maximumRetryCount: 2 } });
  while (containers.get(limited).state.status !== 'exited') await containers.wait(limited, 'next-exit').done;
  assert.equal(containers.get(limited).restartCount, 2);

  const always = await world.run('sleep 0.05', { restartPolicy: { name: 'always' } });
  await containers.wait(always, 'next-exit').done;
  assert.equal(containers.get(always).state.status, 'restarting');
  await containers.stop(always, { timeout: 0 });
  assert.equal(containers.get(always).state.status, 'exited');
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(containers.get(always).state.status, 'exited');
});

test('restart keeps a container that would remove itself', options, async () => {
  const { containers } = world;
  const id = await world.run(['sleep', '1000'], { autoRemove: true });
  await containers.restart(id, { timeout: 0 });
  assert.equal(containers.get(id).state.status, 'running');
  await containers.kill(id);
  await containers.wait(id, 'removed').done.catch(() => {});
});

test('fifty at once all run', options, async () => {
  const ids = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      world.run(`echo ${index}; exit ${index}`, { networkMode: index % 2 ? 'bridge' : 'none' }),
    ),
  );
  for (const [index, id] of ids.entries()) {
    assert.equal(await world.exitOf(id), index);
    assert.equal(await world.output(id), `${index}\n`);
  }
  const { removed } = await world.containers.prune(({ id }) => ids.includes(id));
  assert.equal(removed.length, 50);
});

test('limits can be changed while it runs', options, async () => {
  const { containers } = world;
  const id = await world.run(['sleep', '1000'], { resources: { memory: 64 << 20 } });
  await containers.update(id, { resources: { memory: 32 << 20 }, restartPolicy: { name: 'always' } });
  assert.equal((await containers.stats(id))?.memoryLimit, 32 << 20);
  assert.deepEqual(containers.get(id).spec.restartPolicy, { name: 'always' });
  const { titles, processes } = await containers.top(id, '');
  assert.equal(processes.length, 1);
  assert.equal(processes[0]?.[titles.indexOf('CMD')], 'sleep 1000');
  await containers.remove(id, { force: true });
});
