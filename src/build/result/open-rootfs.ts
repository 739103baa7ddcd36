import type { Snapshotter } from '../../snapshot/types.ts';
import { SourceMounts } from '../ops/source-mounts.ts';
import type { BuiltImage, OpenRootfs } from '../types.ts';

/** The files of an image that was built, to be read. */
export function openRootfs(snapshots: Snapshotter, { config }: BuiltImage): OpenRootfs {
  const mounts = new SourceMounts(snapshots);
  try {
    const root = mounts.root({ layers: config.rootfs.diff_ids });
    return { root, [Symbol.asyncDispose]: () => mounts[Symbol.asyncDispose]() };
  } catch (error) {
    void mounts[Symbol.asyncDispose]().catch(() => {}); // the first failure is told
    throw error;
  }
}
