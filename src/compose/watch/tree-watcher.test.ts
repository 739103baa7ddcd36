import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec } from '../../lib/exec.ts';
import { TreeWatcher } from './tree-watcher.ts';

const root = mkdtempSync(join(tmpdir(), 'lade-watch-'));
after(() => rmSync(root, { recursive: true }));

/** Watches paths of a new directory; `until` waits for all of these to be told of. */
function watching(...names: readonly string[]) {
  const dir = mkdtempSync(join(root, 'tree-'));
  const seen = new Set<string>();
  const watcher = new TreeWatcher({
    skips: (directory) => basename(directory) === 'skipped',
    onChange: (path) => void seen.add(relative(dir, path)),
    onError: (error) => assert.fail(String(error)),
  });
  const until = async (...wanted: readonly string[]): Promise<void> => {
    for (const deadline = Date.now() + 10_000; !wanted.every((name) => seen.has(name)); await sleep(2))
      if (Date.now() > deadline)
        assert.fail(
          `not seen: ${wanted.filter((name) => !seen.has(name)).join(', ')}; seen: ${[...seen].join(', ')}`,
        );
    seen.clear();
  };
  return { dir, seen, watcher, until, start: () => names.forEach((name) => watcher.add(join(dir, name))) };
}

test('files of a tree are seen when they are made, written, replaced and removed', async () => {
  const { dir, until, watcher, start } = watching('.');
  using _watcher = watcher;
  mkdirSync(join(dir, 'a/b'), { recursive: true });
  start();
  writeFileSync(join(dir, 'a/b/file'), '1');
  await until('a/b/file');
  writeFileSync(join(dir, 'a/b/file'), '2');
  await until('a/b/file');
  writeFileSync(join(dir, 'a/b/.tmp'), '3');
  renameSync(join(dir, 'a/b/.tmp'), join(dir, 'a/b/file'));
  await until('a/b/.tmp', 'a/b/file');
  rmSync(join(dir, 'a/b/file'));
  await until('a/b/file');
});

test('directories that come later are watched, with all that was in them by then', async () => {
  const { dir, until, watcher, start } = watching('.');
  using _watcher = watcher;
  start();
  mkdirSync(join(dir, 'new/deep'), { recursive: true });
  writeFileSync(join(dir, 'new/deep/early'), '');
  await until('new', 'new/deep', 'new/deep/early');
  writeFileSync(join(dir, 'new/deep/late'), '');
  await until('new/deep/late');
  renameSync(join(dir, 'new'), join(dir, 'moved'));
  await until('new', 'moved', 'moved/deep/late');
  writeFileSync(join(dir, 'moved/deep/late'), '2');
  await until('moved/deep/late');
  rmSync(join(dir, 'moved'), { recursive: true });
  await until('moved');
  mkdirSync(join(dir, 'moved'));
  await until('moved');
  writeFileSync(join(dir, 'moved/again'), '');
  await until('moved/again');
});

test('what is skipped is not looked into, now or later', async () => {
  const { dir, seen, until, watcher, start } = watching('.');
  using _watcher = watcher;
  mkdirSync(join(dir, 'skipped'));
  start();
  mkdirSync(join(dir, 'sub/skipped'), { recursive: true });
  await until('sub');
  writeFileSync(join(dir, 'skipped/x'), '');
  writeFileSync(join(dir, 'sub/skipped/x'), '');
  writeFileSync(join(dir, 'end'), '');
  await until('end');
  assert.deepEqual(
    [...seen].filter((path) => path.includes('skipped/')),
    [],
  );
});

test('a file is watched through its directory, a path that is not there through those above', async () => {
  const { dir, seen, until, watcher, start } = watching('file', 'none/yet/tree');
  using _watcher = watcher;
  writeFileSync(join(dir, 'file'), '1');
  start();
  writeFileSync(join(dir, 'other'), '');
  writeFileSync(join(dir, 'file'), '2');
  await until('file');
  mkdirSync(join(dir, 'none/yet/tree'), { recursive: true });
  writeFileSync(join(dir, 'none/yet/tree/leaf'), '');
  await until('none/yet/tree', 'none/yet/tree/leaf');
  rmSync(join(dir, 'none'), { recursive: true });
  await until('none/yet/tree');
  mkdirSync(join(dir, 'none/yet/tree'), { recursive: true });
  await until('none/yet/tree');
  writeFileSync(join(dir, 'none/yet/tree/leaf'), '');
  await until('none/yet/tree/leaf');
  assert.ok(!seen.has('other'));
});

test('more at once than the kernel keeps is found in the files', async () => {
  const { dir, until, watcher, start } = watching('.');
  using _watcher = watcher;
  for (const name of ['a', 'z']) mkdirSync(join(dir, name));
  for (const name of ['gone', 'old']) writeFileSync(join(dir, 'z', name), '');
  start();
  const queue = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  for (let index = 0; index < queue; index++) chmodSync(join(dir, index % 2 ? 'a' : 'z'), 0o700);
  // no event of these comes
  rmSync(join(dir, 'z/gone'));
  writeFileSync(join(dir, 'z/old'), 'new');
  mkdirSync(join(dir, 'z/deep'));
  writeFileSync(join(dir, 'z/deep/leaf'), '');
  await until('z/gone', 'z/old', 'z/deep', 'z/deep/leaf');
  writeFileSync(join(dir, 'z/deep/leaf'), '2');
  await until('z/deep/leaf');
});

test('where the user has no more watches, that is told with what allows more', async (t) => {
  const dir = mkdtempSync(join(root, 'limit-'));
  for (let index = 0; index < 5; index++) mkdirSync(join(dir, String(index)));
  const program = `
    import { TreeWatcher } from ${JSON.stringify(join(import.meta.dirname, 'tree-watcher.ts'))};
    const watcher = new TreeWatcher({ skips: () => false, onChange() {}, onError() {} });
    try { watcher.add(${JSON.stringify(dir)}); } catch (error) { console.log(error.message); }
    process.exit();`;
  const script = 'echo 3 >/proc/sys/user/max_inotify_watches && exec "$0" --input-type=module -e "$1"';
  const { status, stdout } = await exec('unshare', ['-Ur', 'sh', '-c', script, process.execPath, program], {
    okStatus: Array.from({ length: 256 }, (_, index) => index),
  });
  if (status !== 0) return t.skip('no user namespace with limits of its own on this machine');
  assert.match(
    stdout,
    /^cannot watch .*\/limit-.*: this user has no more inotify watches \(fs\.inotify\.max_user_watches = \d+\)\. Allow more: sudo sysctl fs\.inotify\.max_user_watches=\d+;/,
  );
});
