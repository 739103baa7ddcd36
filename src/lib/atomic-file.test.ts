import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { replaceFile } from './atomic-file.ts';

let directory = '';
const path = (): string => join(directory, 'file');

beforeEach(() => {
  directory = mkdtempSync('/tmp/lading-atomic-file-');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('threads that replace a file at the same time leave the whole content of one of them', async () => {
  const code = `
    import { writeSync } from 'node:fs';
    import { workerData } from 'node:worker_threads';
    import { replaceFile } from ${JSON.stringify(import.meta.resolve('./atomic-file.ts'))};
    const { path, letter } = workerData;
    for (let turn = 0; turn < 300; turn++)
      replaceFile(path, (fd) => { for (let part = 0; part < 8; part++) writeSync(fd, letter.repeat(1000)); });
  `;
  const program = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const workers = ['a', 'b', 'c'].map(
    (letter) => new Worker(program, { workerData: { path: path(), letter } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  assert.match(readFileSync(path(), 'utf8'), /^(a{8000}|b{8000}|c{8000})$/);
  assert.deepEqual(readdirSync(directory), ['file']);
});

test('what could not be written leaves the file as it was', () => {
  replaceFile(path(), (fd) => writeSync(fd, 'old'));
  assert.throws(() =>
    replaceFile(path(), (fd) => {
      writeSync(fd, 'half');
      throw new Error('no room');
    }),
  );
  assert.equal(readFileSync(path(), 'utf8'), 'old');
  assert.deepEqual(readdirSync(directory), ['file']);
});
