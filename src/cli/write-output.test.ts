import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { exec } from '../lib/exec.ts';
import type { Context } from './context.ts';
import { writeOutput } from './write-output.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lading-write-output-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function* bytes(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('the engine went away');
}

const write = (name: string, source: AsyncGenerator<Uint8Array>): Promise<void> =>
  writeOutput({} as Context, 'save image', join(directory, name), () => Promise.resolve(source));

test('an output takes its name when it is whole, for its owner alone', async () => {
  writeFileSync(join(directory, 'image.tar'), 'before');
  await assert.rejects(write('image.tar', broken()), /went away/);
  assert.equal(readFileSync(join(directory, 'image.tar'), 'utf8'), 'before');
  await write('image.tar', bytes('wh', 'ole'));
  assert.equal(readFileSync(join(directory, 'image.tar'), 'utf8'), 'whole');
  assert.equal(lstatSync(join(directory, 'image.tar')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(directory), ['image.tar']);
});

test('what is no regular file is not replaced by one', async () => {
  await exec('mkfifo', [join(directory, 'pipe')]);
  await exec('mknod', [join(directory, 'null'), 'c', '1', '3']);
  symlinkSync('elsewhere', join(directory, 'link'));
  const refused = (name: string, why: string) =>
    assert.rejects(write(name, bytes('x')), { message: `failed to save image: ${why}` });
  await refused('pipe', 'cannot write to a named pipe (FIFO)');
  await refused('null', 'cannot write to a character device file');
  await refused('link', 'cannot write to a symbolic link directly');
  assert.deepEqual(readdirSync(directory).toSorted(), ['link', 'null', 'pipe']);
  assert.ok(lstatSync(join(directory, 'null')).isCharacterDevice());
});
