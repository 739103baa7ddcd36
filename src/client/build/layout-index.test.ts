import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { NamedDirectories } from './directories.ts';
import { addToLayout, findInLayout } from './layout-index.ts';

let folder: string;
before(() => void (folder = mkdtempSync(join(tmpdir(), 'lade-layout-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

const descriptor = (letter: string) => ({
  mediaType: 'm',
  digest: `sha256:${letter.repeat(64)}`,
  size: 1,
  annotations: { own: letter },
});

test('a directory has what was put there last under each name', () => {
  assert.equal(findInLayout(folder, 'latest'), undefined);
  addToLayout(folder, descriptor('a'), [{ tag: 'latest' }]);
  addToLayout(folder, descriptor('b'), [{ image: 'docker.io/library/x:1' }, { tag: 'other' }]);
  addToLayout(folder, descriptor('c'), [{ tag: 'latest' }]);
  const found = ['latest', '1', 'docker.io/library/x:1', 'other', 'none'].map((tag) =>
    findInLayout(folder, tag)?.slice(7, 8),
  );
  assert.deepEqual(found, ['c', 'b', 'b', 'b', undefined]);
  const { manifests } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { manifests: [] };
  assert.equal(manifests.length, 3);
  assert.deepEqual(manifests.at(-1), {
    ...descriptor('c'),
    annotations: { own: 'c', 'org.opencontainers.image.ref.name': 'latest' },
  });
});

test('contexts and caches in such directories', () => {
  const named = new NamedDirectories();
  const digest = `sha256:${'b'.repeat(64)}`;
  assert.equal(named.context('x', `oci-layout://${folder}:1`, '/'), `oci-layout://x@${digest}`);
  assert.equal(named.context('y', `oci-layout://${folder}@${digest}`, '/'), `oci-layout://y@${digest}`);
  assert.equal(named.context('d', folder, '/'), 'local:d');
  assert.equal(named.context('g', 'https://host/x.git#main', '/'), 'https://host/x.git#main');
  assert.deepEqual(named.cache({ type: 'local', attributes: { src: folder, tag: 'other' } }, '/'), {
    type: 'local',
    attributes: { src: folder, digest },
  });
  assert.deepEqual(Object.keys(named.all), ['oci:x', 'oci:y', 'd', `local:${folder}`]);
  assert.equal(named.cache({ type: 'local', attributes: { src: '/none' } }, '/'), undefined);
  assert.throws(() => named.context('z', `oci-layout://${folder}:none`, '/'), /no image of the tag none/);
  assert.throws(() => named.context('z', 'none', folder), /path ".*\/none" not found/);
  writeFileSync(join(folder, 'index.json'), 'no json');
  assert.throws(() => findInLayout(folder, 'latest'), /could not read .*index\.json/);
});
