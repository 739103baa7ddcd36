import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import { changeFiles } from './change-files.ts';
import type { FileCopy } from './copy-file.ts';
import type { LaneFailure } from './copy-lane.ts';

const MANY = 1500;

function makeMany(directory: string): void {
  for (let number = 0; number < MANY; number += 1) {
    const folder = join(directory, `d${number % 7}/e${number % 5}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${number}`), `${number}`, { mode: number % 2 === 0 ? 0o644 : 0o755 });
  }
}

const copyAll = (from: string, to: string): Promise<unknown> =>
  changeFiles(to, [
    {
      kind: 'copy',
      source: { root: from, ignore: [], isContext: true },
      selection: { path: '.', exclude: [], parents: false },
      unpack: false,
      destination: '/',
      severalSources: false,
    },
  ]);

const look = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { mode, mtimeMs, size } = lstatSync(join(directory, name));
      const isFile = (mode & 0o170000) === 0o100000;
      const content = isFile ? `${size} ${readFileSync(join(directory, name), 'utf8')}` : '';
      return `${name} ${mode.toString(8)} ${Math.trunc(mtimeMs)} ${content}`;
    });

test('many files are copied on several threads as by one', async () => {
  using scratch = mkdtempDisposableSync('/dev/shm/lade-lanes-');
  const [from, to] = ['from', 'to'].map((name) => join(scratch.path, name)) as [string, string];
  for (const directory of [from, to]) mkdirSync(directory);
  makeMany(from);
  await copyAll(from, to);
  assert.deepEqual(look(to), look(from));
  await copyAll(from, to); // over what is there
  assert.deepEqual(look(to), look(from));
});

test('what is in the way of one is told, and nothing is at work any more', async () => {
  using scratch = mkdtempDisposableSync('/dev/shm/lade-lanes-');
  const [from, to] = ['from', 'to'].map((name) => join(scratch.path, name)) as [string, string];
  makeMany(from);
  mkdirSync(join(to, `d${(MANY - 1) % 7}/e${(MANY - 1) % 5}/f${MANY - 1}`), { recursive: true });
  await assert.rejects(copyAll(from, to), {
    kind: 'invalid',
    message: `cannot replace directory /d${(MANY - 1) % 7}/e${(MANY - 1) % 5}/f${MANY - 1} with file`,
  });
});

test('a thread goes on after a failure, which it tells with code and path', async () => {
  using scratch = mkdtempDisposableSync('/dev/shm/lade-lanes-');
  const file = (name: string): FileCopy => ({
    source: join(scratch.path, name),
    target: join(scratch.path, `${name}.copy`),
    shown: `${name}.copy`,
    size: 1,
    uid: 0,
    gid: 0,
    mode: 0o640,
    atimeMs: 0,
    mtimeMs: 1000,
    hasXattrs: false,
  });
  writeFileSync(join(scratch.path, 'there'), 'x');
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  const worker = new Worker(new URL('./copy-lane.ts', import.meta.url), {
    workerData: { port: port2, done },
    transferList: [port2],
  });
  const failed = Promise.withResolvers<LaneFailure>();
  port1.on('message', failed.resolve);
  port1.postMessage([file('missing')]);
  port1.postMessage([file('there')]);
  const { code, path } = await failed.promise;
  assert.deepEqual([code, path], ['ENOENT', join(scratch.path, 'missing')]);
  for (let count = Atomics.load(done, 0); count < 2; count = Atomics.load(done, 0))
    await Atomics.waitAsync(done, 0, count).value;
  const { mode, mtimeMs } = lstatSync(join(scratch.path, 'there.copy'));
  assert.deepEqual([mode & 0o777, mtimeMs], [0o640, 1000]);
  port1.close();
  await worker.terminate();
});
