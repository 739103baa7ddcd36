import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEventBus } from '../../events/event-bus.ts';
import { unmount } from '../../kernel/mount.ts';
import { openDatabase } from '../../lib/database.ts';
import { type ChildProcess, start } from '../../lib/exec.ts';
import { openVolumes } from '../open-volumes.ts';
import type { Volumes } from '../types.ts';

const program = join(import.meta.dirname, '../../../test/volume-plugin/main.ts');
const needsRoot = { skip: process.getuid?.() === 0 ? false : 'needs root to mount' };

interface World extends AsyncDisposable {
  readonly volumes: Volumes;
  readonly plugins: string;
  /** What the plugin was asked, without bodies; each look empties it. */
  asked(): string[];
  trouble(...lines: string[]): void;
  /** As an engine that comes back. */
  reopen(): Volumes;
  startPlugin(): Promise<void>;
  killPlugin(): Promise<void>;
}

async function makeWorld(pluginLimits = { work: 20_000, question: 10_000 }): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), 'lading-plugin-'));
  const [plugins, store] = [join(root, 'plugins'), join(root, 'store')];
  mkdirSync(plugins);
  const database = openDatabase(join(root, 'state.db'));
  const events = openEventBus({ database });
  const reopen = (): Volumes =>
    openVolumes({
      database,
      events,
      dir: join(root, 'volumes'),
      pluginDirs: [plugins],
      pluginLimits,
    });
  let child: ChildProcess | undefined;
  const killPlugin = async (): Promise<void> => {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const startPlugin = async (): Promise<void> => {
    child = start(process.execPath, [program, join(plugins, 'shelf.sock'), store], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout ?? child, 'data');
  };
  await startPlugin();
  const requests = join(store, 'requests');
  return {
    volumes: reopen(),
    plugins,
    reopen,
    startPlugin,
    killPlugin,
    asked: () => {
      const lines = existsSync(requests) ? readFileSync(requests, 'utf8').trim().split('\n') : [];
      rmSync(requests, { force: true });
      return lines.map((line) => line.split(' ')[0] ?? '').filter(Boolean);
    },
    trouble: (...lines) => writeFileSync(join(store, 'trouble'), lines.join('\n')),
    [Symbol.asyncDispose]: async () => {
      await killPlugin();
      const held = join(store, 'volumes');
      for (const name of existsSync(held) ? readdirSync(held) : []) unmount(join(held, name));
      database.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

const made = async ({ volumes }: World): Promise<void> => {
  await volumes.create({ name: 'books', driver: 'shelf', options: { size: '2m' } });
};

test('a plugin keeps volumes: create, mount, inspect, list, remove', needsRoot, async () => {
  await using world = await makeWorld();
  const { volumes } = world;
  await made(world);
  assert.deepEqual(world.asked(), ['Plugin.Activate', 'VolumeDriver.Create', 'VolumeDriver.Capabilities']);
  const path = await volumes.acquire('books', 'c1');
  writeFileSync(join(path, 'file'), 'x');
  await volumes.acquire('books', 'c1');
  await volumes.acquire('books', 'c2');
  assert.deepEqual(world.asked(), ['VolumeDriver.Mount', 'VolumeDriver.Mount']);
  const { status, ...seen } = await volumes.inspect('books');
  assert.deepEqual(status, { mounts: 2, options: { size: '2m' } });
  assert.deepEqual(seen, {
    name: 'books',
    driver: 'shelf',
    scope: 'local',
    mountpoint: path,
    createdAt: new Date('2026-01-02T03:04:05Z'),
    labels: {},
    options: { size: '2m' },
    anonymous: false,
  });
  assert.deepEqual(await volumes.survey(), { volumes: [seen], warnings: [] });
  await assert.rejects(volumes.remove('books', { usedBy: [] }), /volume is in use - \[c1, c2\]/);
  await volumes.release('books', 'c1');
  await volumes.release('books', 'c2');
  assert.equal((await volumes.inspect('books')).status?.['mounts'], 0);
  await volumes.remove('books', { usedBy: [] });
  await assert.rejects(volumes.inspect('books'), /^EngineError: get books: no such volume$/);
  assert.deepEqual(volumes.drivers(), ['local', 'shelf']);
});

test('a volume of a plugin belongs to it alone, and its errors are told', needsRoot, async () => {
  await using world = await makeWorld();
  const { volumes } = world;
  await made(world);
  await assert.rejects(
    volumes.create({ name: 'books', driver: 'local' }),
    /create books: driver 'shelf' already has volume 'books': volume name must be unique$/,
  );
  assert.equal((await volumes.create({ name: 'books' })).driver, 'shelf');
  await assert.rejects(
    volumes.create({ name: 'more', driver: 'shelf', options: { bad: 'x' } }),
    /^EngineError: create more: bad option: x$/,
  );
  await assert.rejects(
    volumes.create({ name: 'more', driver: 'none' }),
    /create more: error looking up volume plugin none: plugin "none" not found$/,
  );
  world.trouble('VolumeDriver.Mount: fail', 'VolumeDriver.Remove: 500');
  await assert.rejects(
    volumes.acquire('books', 'c'),
    /error while mounting volume '': VolumeDriver.Mount failed on purpose$/,
  );
  await assert.rejects(
    volumes.remove('books', { usedBy: [], force: true }),
    /remove books: VolumeDriver.Remove: VolumeDriver.Remove is broken$/,
  );
  assert.deepEqual((await volumes.prune({ all: true, isUsed: () => false })).removed, []);
});

test(
  'an engine that comes back goes on with what is mounted, and gives back what nobody has',
  needsRoot,
  async () => {
    await using world = await makeWorld();
    await made(world);
    await world.volumes.acquire('books', 'runs on');
    await world.volumes.acquire('books', 'is gone');
    world.asked();
    const again = world.reopen();
    const path = await again.acquire('books', 'runs on');
    await again.releaseForgotten();
    assert.equal((await again.inspect('books')).mountpoint, path);
    assert.equal((await again.inspect('books')).status?.['mounts'], 1);
    assert.ok(!world.asked().includes('VolumeDriver.Mount'));
    await world.killPlugin();
    const release = again.release('books', 'runs on'); // waits for the plugin
    await world.startPlugin();
    await release;
    assert.equal((await again.inspect('books')).status?.['mounts'], 0);
  },
);

test('a plugin that hangs, lies or floods holds nobody up', needsRoot, async () => {
  await using world = await makeWorld({ work: 600, question: 300 });
  const { volumes } = world;
  await made(world);
  await volumes.create({ name: 'plain' });
  for (const kind of ['hang', 'garbage', 'huge', 'close', '500']) {
    world.trouble(
      ...['Get', 'List', 'Mount', 'Capabilities', 'Create'].map((verb) => `VolumeDriver.${verb}: ${kind}`),
    );
    const { volumes: found, warnings } = await volumes.survey();
    assert.ok(
      found.some(({ name }) => name === 'plain'),
      kind,
    );
    assert.equal(warnings.length, kind === 'garbage' ? 0 : 1, kind);
    await assert.rejects(volumes.acquire('books', 'c'), /error while mounting volume/);
    await assert.rejects(volumes.inspect('books'), /^EngineError: get books: /);
    await volumes.create({ name: `local-${kind}` });
    await volumes.acquire('plain', 'c');
  }
  world.trouble();
  assert.equal((await volumes.inspect('books')).status?.['mounts'], 0);
});

test('files name plugins too; what is wrong with one is told with its path', needsRoot, async () => {
  await using world = await makeWorld();
  const { volumes, plugins } = world;
  writeFileSync(join(plugins, 'named.spec'), `unix://${join(plugins, 'shelf.sock')}\n`);
  mkdirSync(join(plugins, 'deep'));
  writeFileSync(
    join(plugins, 'deep/deep.json'),
    JSON.stringify({ Name: 'deep', Addr: `unix://${join(plugins, 'shelf.sock')}` }),
  );
  writeFileSync(join(plugins, 'bad.spec'), 'gopher://x');
  assert.deepEqual(volumes.drivers(), ['local', 'bad', 'deep', 'named', 'shelf']);
  assert.equal((await volumes.create({ name: 'one', driver: 'named' })).driver, 'named');
  assert.equal((await volumes.create({ name: 'two', driver: 'deep' })).driver, 'deep');
  await assert.rejects(
    volumes.create({ name: 'three', driver: 'bad' }),
    /error looking up volume plugin bad: plugin file .*bad\.spec: want unix:\/\/\/path, /,
  );
  await assert.rejects(
    volumes.create({ name: 'four', driver: '../shelf' }),
    /plugin "\.\.\/shelf" not found/,
  );
});
