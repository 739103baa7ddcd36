import assert from 'node:assert/strict';
import { lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { exec } from '../../lib/exec.ts';
import { makeEntry } from '../../lib/tar/entry.ts';
import { writeTar } from '../../lib/tar/write.ts';
import type { Context } from '../context.ts';
import { copyOut } from './copy-out.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lading-copy-out-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Copies the file `/etc/motd` of a container, which says `hello`. */
async function copyTo(local: string): Promise<void> {
  const body = Buffer.from('hello');
  const readArchive = async () => ({
    stat: { name: 'motd', mode: 0o644, linkTarget: '' },
    tar: writeTar([
      { entry: makeEntry({ name: 'motd', type: 'file', size: body.length, mode: 0o644 }), body },
    ]),
  });
  const context = { cwd: directory, client: { containers: { readArchive } } } as unknown as Context;
  await copyOut(context, { container: 'c', path: '/etc/motd' }, { local }, false);
}

const textOf = (name: string): string => readFileSync(join(directory, name), 'utf8');

test('a device is not replaced by what is copied', async () => {
  await exec('mknod', [join(directory, 'null'), 'c', '1', '3']);
  await assert.rejects(copyTo('null'), {
    message: `invalid output path: ${JSON.stringify(join(directory, 'null'))} must be a directory or a regular file: got a device`,
  });
  assert.ok(lstatSync(join(directory, 'null')).isCharacterDevice());
});

test('what is copied to a symlink goes where that leads', async () => {
  writeFileSync(join(directory, 'file'), 'before');
  symlinkSync('file', join(directory, 'link'));
  symlinkSync('new', join(directory, 'dangling'));
  await copyTo('link');
  await copyTo('dangling');
  assert.equal(textOf('file'), 'hello');
  assert.equal(textOf('new'), 'hello');
  assert.ok(lstatSync(join(directory, 'link')).isSymbolicLink());
});
