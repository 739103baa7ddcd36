import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDigest } from '../../oci/digest.ts';
import { SourceMounts } from './source-mounts.ts';

test('a file system that could not be mounted is tried again, never taken for the root of the host', async () => {
  const there = new Set<string>();
  let mounts = 0;
  const sources = new SourceMounts({
    create: (key) => void there.add(key),
    mount(key) {
      mounts += 1;
      if (mounts === 1) throw new Error('no such layer');
      return `/mounted/${key}`;
    },
    remove: async (key) => void there.delete(key),
  });
  const rootfs = { layers: [parseDigest(`sha256:${'a'.repeat(64)}`)] };
  assert.throws(() => sources.root(rootfs), /no such layer/);
  const root = sources.root(rootfs);
  assert.match(root, /^\/mounted\/build-/);
  assert.equal(sources.root(rootfs), root);
  await sources[Symbol.asyncDispose]();
  assert.deepEqual([...there], []);
});
