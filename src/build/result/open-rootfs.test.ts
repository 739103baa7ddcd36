import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshotter } from '../../snapshot/types.ts';
import type { BuiltImage } from '../types.ts';
import { openRootfs } from './open-rootfs.ts';

test('files that can not be opened leave no snapshot', async () => {
  const made = new Set<string>();
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const snapshots: Partial<Snapshotter> = {
    create: (key) => void made.add(key),
    mount() {
      throw new Error('no room');
    },
    async remove(key) {
      made.delete(key);
      resolve();
    },
  };
  const image = { config: { rootfs: { type: 'layers', diff_ids: [] } } } as unknown as BuiltImage;
  assert.throws(() => openRootfs(snapshots as Snapshotter, image), /no room/);
  await gone;
  assert.equal(made.size, 0);
});
