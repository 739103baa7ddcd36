import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exec } from '../../lib/exec.ts';
import { packTree } from '../../lib/tar/pack-tree.ts';
import { isRoot, openWorld, type World } from '../testing/open-world.ts';

const options = { skip: isRoot ? false : 'needs root', timeout: 60_000 };
const plain = { noOverwriteDirNonDir: false, copyUidGid: false };
let world: World;
before(async () => {
  if (isRoot) world = await openWorld();
});
after(() => world?.[Symbol.asyncDispose]());

/** Names and contents of what `readArchive` gives, by tar's own reading. */
async function list(id: string, path: string): Promise<string[]> {
  const { tar } = await world.containers.readArchive(id, path);
  return listTar(tar);
}

async function listTar(tar: AsyncIterable<Uint8Array>): Promise<string[]> {
  const bytes = Buffer.concat(await Array.fromAsync(tar));
  const { stdout } = await exec('tar', ['-tf', '-'], { input: bytes });
  return stdout.trim().split('\n');
}

async function* archiveOf(files: Readonly<Record<string, string>>): AsyncGenerator<Uint8Array> {
  const dir = join(world.dir, `tree-${Object.keys(files).length}-${Date.now()}`);
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  yield* packTree(dir);
}

const prepare =
  'mkdir -p /d/sub; echo text >/d/file; ln -s /d /link; ln -s /etc/passwd /d/passwd; ln -s ../../../../etc /d/up;';

/** The same questions to one that runs and to one that has ended. */
async function both(work: (id: string) => Promise<void>, spec: object = {}): Promise<void> {
  const id = await world.run(`${prepare} echo ready; sleep 1000`, spec);
  while (!(await world.output(id)).includes('ready')) await new Promise((resolve) => setTimeout(resolve, 10));
  await work(id);
  await world.containers.kill(id);
  await work(id);
}

test('paths are read and described as they are seen inside', options, async () => {
  await both(async (id) => {
    const { containers } = world;
    assert.deepEqual(await list(id, '/d'), ['d/', 'd/file', 'd/passwd', 'd/sub/', 'd/up']);
    assert.deepEqual(await list(id, 'd/file'), ['file']);
    assert.deepEqual(await list(id, '/link'), ['link']);
    assert.deepEqual(await list(id, '/link/'), ['link/', 'link/file', 'link/passwd', 'link/sub/', 'link/up']);
    assert.deepEqual((await list(id, '/link/.'))[0], './');
    const file = await containers.statPath(id, '/d/file');
    assert.deepEqual([file.name, file.size, file.mode, file.linkTarget], ['file', 5, 0o644, '']);
    assert.equal((await containers.statPath(id, '/d')).mode, 2 ** 31 + 0o755);
    const link = await containers.statPath(id, '/d/up');
    assert.deepEqual([link.name, link.mode, link.linkTarget], ['up', 2 ** 27 + 0o777, '/etc']);
    assert.equal((await containers.statPath(id, '/')).name, '/');
    await assert.rejects(containers.statPath(id, '/nope'), {
      message: `Could not find the file /nope in container ${id}`,
    });
    await assert.rejects(containers.statPath(id, '/proc/1/status'), /Could not find the file/);
  });
});

test('what is written lands where links lead inside, also in volumes and binds', options, async () => {
  const bind = join(world.dir, 'bound');
  mkdirSync(bind);
  const mounts = [
    { type: 'volume', source: 'vol', target: '/v/deep', readOnly: false, origin: 'binds' },
    { type: 'bind', source: bind, target: '/b', readOnly: false, origin: 'binds' },
    { type: 'bind', source: bind, target: '/ro', readOnly: true, origin: 'binds' },
  ] as const;
  let round = 0;
  await both(
    async (id) => {
      const { containers } = world;
      round += 1;
      await containers.writeArchive(id, '/link/', archiveOf({ [`new${round}`]: 'n' }), plain);
      assert.ok((await list(id, '/d')).includes(`d/new${round}`));
      await containers.writeArchive(id, '/v/deep', archiveOf({ [`vol${round}`]: 'v' }), plain);
      assert.equal(readFileSync(join(world.volumes.get('vol').mountpoint, `vol${round}`), 'utf8'), 'v');
      await containers.writeArchive(id, '/b', archiveOf({ [`bind${round}`]: 'b' }), plain);
      assert.equal(readFileSync(join(bind, `bind${round}`), 'utf8'), 'b');
      assert.ok((await list(id, '/v')).includes(`v/deep/vol${round}`));
      await assert.rejects(containers.writeArchive(id, '/ro', archiveOf({ x: '' }), plain), {
        kind: 'forbidden',
        message: 'mounted volume is marked read-only',
      });
      await assert.rejects(
        containers.writeArchive(id, '/d/file', archiveOf({ x: '' }), plain),
        /not a directory/,
      );
      await assert.rejects(
        containers.writeArchive(id, '/nope', archiveOf({ x: '' }), plain),
        /Could not find the file/,
      );
    },
    { mounts },
  );
});

test('links of the container and names of the archive do not lead to the host', options, async () => {
  const victim = join(world.dir, 'victim');
  mkdirSync(victim);
  const id = await world.create(`ln -s ${victim} /escape; sleep 1000`);
  await world.containers.start(id);
  while (!(await world.containers.changes(id)).some(({ path }) => path === '/escape'))
    await new Promise((resolve) => setTimeout(resolve, 20));
  await assert.rejects(
    world.containers.writeArchive(id, '/escape', archiveOf({ x: 'out' }), plain),
    /Could not find the file/,
  );
  const dir = join(world.dir, 'hostile');
  mkdirSync(dir);
  symlinkSync(victim, join(dir, 'a'));
  const { stdout } = await exec('sh', [
    '-c',
    `cd ${dir} && tar -cf h.tar a && rm a && mkdir a && echo x >a/f && tar -rf h.tar a/f && base64 -w0 h.tar`,
  ]);
  await world.containers
    .writeArchive(
      id,
      '/tmp',
      (async function* () {
        yield Buffer.from(stdout, 'base64');
      })(),
      plain,
    )
    .catch(() => {});
  assert.throws(() => statSync(join(victim, 'f')), /ENOENT/);
});

test('a read-only root file system is not written, owners follow -a', options, async () => {
  const fixed = await world.create(['true'], { readonlyRootfs: true });
  await assert.rejects(world.containers.writeArchive(fixed, '/tmp', archiveOf({ x: '' }), plain), {
    message: 'container rootfs is marked read-only',
  });
  const id = await world.create('stat -c %u:%g /tmp/mine', { user: 'nobody' });
  await world.containers.writeArchive(id, '/tmp', archiveOf({ mine: '' }), { ...plain, copyUidGid: true });
  await world.containers.start(id);
  await world.exitOf(id);
  assert.equal(await world.output(id), '65534:65534\n');
});

test('changes, export and commit tell what a container became', options, async () => {
  const { containers, parts } = world;
  const id = await world.run('echo new >/added; rm /etc/group; chmod 711 /root', { labels: { l: '1' } });
  await world.exitOf(id);
  const changes = (await containers.changes(id)).map(({ kind, path }) => `${kind} ${path}`);
  assert.deepEqual(
    changes.toSorted(),
    ['added /added', 'deleted /etc/group', 'modified /etc', 'modified /root'].toSorted(),
  );
  const names = await listTar(containers.export(id));
  assert.ok(names.includes('added') && !names.includes('etc/group') && names.includes('bin/busybox'));
  const image = await containers.commit(id, {
    reference: 'mine:v1',
    comment: 'why',
    author: 'me',
    pause: true,
    changes: ['CMD ["cat", "/added"]', 'ENV X=1'],
  });
  assert.deepEqual(parts.images.get('mine:v1').id, image);
  const { config } = parts.images.get(image);
  assert.deepEqual(
    [config.author, config.history?.at(-1)?.comment, config.config?.Labels],
    ['me', 'why', { l: '1' }],
  );
  const again = await containers.create({ spec: { image: 'mine:v1' } });
  await containers.start(again.id);
  await world.exitOf(again.id);
  assert.equal(await world.output(again.id), 'new\n');
  const { rw, rootfs } = await containers.usage(id);
  assert.ok(rw > 0 && rw < 10_000 && rootfs > 1 << 20);
});

test(
  'an export goes on while the container starts and ends, and its file system stays one',
  options,
  async () => {
    const { containers } = world;
    const id = await world.run('echo one >/one; echo ready; exec sleep 1000');
    const isListed = (): boolean => readFileSync('/proc/self/mountinfo', 'utf8').includes(id);
    while (!(await world.output(id)).includes('ready'))
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(isListed(), false, 'a running container is not in the table of mounts');
    const chunks = containers.export(id)[Symbol.asyncIterator]();
    const parts = [(await chunks.next()).value as Uint8Array];
    await containers.restart(id, { timeout: 0 });
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) parts.push(next.value);
    const { stdout } = await exec('tar', ['-tf', '-'], { input: Buffer.concat(parts) });
    assert.ok(stdout.split('\n').includes('one'), stdout);
    await containers.kill(id);
    assert.ok((await listTar(containers.export(id))).includes('one'));
    await containers.remove(id, { force: true });
    assert.equal(isListed(), false);
  },
);

test('a copy leaves nothing mounted', options, async () => {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  for (const { id, state } of world.containers.list())
    if (state.status !== 'running') assert.ok(!mounts.includes(id), `something of ${id} is mounted`);
});
