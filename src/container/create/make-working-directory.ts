import { closeSync, lstatSync } from 'node:fs';
import { join, posix } from 'node:path';
import { bytesOfText } from '../../lib/byte-string.ts';
import { internal } from '../../lib/errors.ts';
import { makeDirectory, PathError, RootedDirectory } from '../../lib/rooted-path.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Context } from '../context.ts';

/**
 * Makes a container's working directory where its image has none. As Docker, already when the container is made: files are copied there
 * before the first start.
 */
export function makeWorkingDirectory(
  { snapshots }: Context,
  id: string,
  layers: readonly Digest[],
  workingDir: string,
): void {
  const path = posix.join('/', workingDir);
  if (path === '/' || layers.some((layer) => isDirectory(join(snapshots.layerPath(layer), path)))) return;
  const rootfs = snapshots.mount(id, { volatile: true });
  try {
    using root = new RootedDirectory(bytesOfText(rootfs));
    closeSync(root.openDirectory(bytesOfText(path), makeDirectory));
  } catch (error) {
    if (error instanceof PathError && error.code === 'ENOTDIR')
      throw internal(`Cannot mkdir: ${workingDir} is not a directory`, error);
    throw error;
  } finally {
    snapshots.unmount(id);
  }
}

/** A layer above may have taken it away again; the runtime makes it then. */
const isDirectory = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
