import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeHeader } from '../lib/tar/encode.ts';
import { makeEntry, paddingOf, type TarEntry, trailer } from '../lib/tar/entry.ts';
import { extractContext } from './extract-context.ts';

type Member = Partial<TarEntry> & { name: string; content?: string };

function archive(...members: Member[]): Buffer {
  const parts = members.flatMap(({ content = '', ...given }) => {
    const body = Buffer.from(content);
    return [
      encodeHeader(makeEntry({ ...given, size: body.length })),
      body,
      Buffer.alloc(paddingOf(body.length)),
    ];
  });
  return Buffer.concat([...parts, trailer]);
}

async function* chunks(bytes: Buffer, size = 700): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

let parent = '';
let root = '';
const extract = (...members: Member[]): Promise<void> => extractContext(chunks(archive(...members)), root);

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'api-context-'));
  root = mkdtempSync(join(parent, 'context-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

test('unpacks files, directories and links with their modes and times', async () => {
  await extract(
    { name: 'a/', type: 'directory', mode: 0o700, mtime: 1000 },
    { name: 'a/run.sh', mode: 0o755, mtime: 2000, content: 'x'.repeat(5000) },
    { name: 'b/deep/file', content: 'y' },
    { name: 'hard', type: 'hardlink', linkName: 'a/run.sh' },
    { name: 'soft', type: 'symlink', linkName: '/etc/passwd' },
    { name: 'device', type: 'character', device: { major: 1, minor: 3 } },
  );
  assert.equal(readFileSync(join(root, 'a/run.sh'), 'utf8').length, 5000);
  assert.equal(statSync(join(root, 'a/run.sh')).mode & 0o7777, 0o755);
  assert.equal(statSync(join(root, 'a/run.sh')).mtimeMs, 2_000_000);
  assert.equal(statSync(join(root, 'a')).mode & 0o7777, 0o700);
  assert.equal(statSync(join(root, 'a')).mtimeMs, 1_000_000);
  assert.equal(readFileSync(join(root, 'b/deep/file'), 'utf8'), 'y');
  assert.equal(statSync(join(root, 'hard')).ino, statSync(join(root, 'a/run.sh')).ino);
  assert.equal(readlinkSync(join(root, 'soft')), '/etc/passwd');
  assert.equal(existsSync(join(root, 'device')), false);
});

test('reads compressed archives', async () => {
  await extractContext(chunks(gzipSync(archive({ name: 'f', content: 'z' }))), root);
  assert.equal(readFileSync(join(root, 'f'), 'utf8'), 'z');
});

test('a later member replaces an earlier one of any kind', async () => {
  await extract(
    { name: 'x', type: 'symlink', linkName: '/etc' },
    { name: 'x', content: 'file' },
    { name: 'd/in', content: '1' },
    { name: 'd', content: 'now a file' },
  );
  assert.ok(lstatSync(join(root, 'x')).isFile());
  assert.equal(readFileSync(join(root, 'd'), 'utf8'), 'now a file');
});

test('nothing leaves the directory', async () => {
  const outside = (): string[] => readdirSync(parent).filter((name) => !root.endsWith(name));
  const hostile: [Member[], RegExp][] = [
    [[{ name: '../evil', content: 'x' }], /leads out of its root/],
    [[{ name: 'a/../../evil', content: 'x' }], /leads out of its root/],
    [[{ name: 'l', type: 'symlink', linkName: '..' }, { name: 'l/evil', content: 'x' }], /"l\/evil" goes through "l", which is a symlink/],
    [[{ name: 'h', type: 'hardlink', linkName: '/etc/passwd' }], /which is not a file before it/],
    [[{ name: 'm', type: 'symlink', linkName: '/etc/passwd' }, { name: 'h', type: 'hardlink', linkName: 'm' }], /which is not a file before it/],
  ]; // prettier-ignore
  for (const [members, message] of hostile) await assert.rejects(extract(...members), message);
  assert.deepEqual(outside(), []);
});

test('an absolute name is taken within the context', async () => {
  await extract({ name: '/etc/hosts', content: 'mine' });
  assert.equal(readFileSync(join(root, 'etc/hosts'), 'utf8'), 'mine');
});

test('an archive that breaks off is refused', async () => {
  const whole = archive({ name: 'f', content: 'x'.repeat(2000) });
  await assert.rejects(
    extractContext(chunks(whole.subarray(0, 1500)), root),
    /invalid tar archive: unexpected end/,
  );
});
