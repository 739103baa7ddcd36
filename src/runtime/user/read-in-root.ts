import { closeSync, constants, fstatSync, readFileSync } from 'node:fs';
import { openInRoot } from '../../kernel/open-in-root.ts';
import { hasCode, invalid } from '../../lib/errors.ts';

/** More than any account file has; a hostile image could bring a sparse one of terabytes. */
const largest = 16 << 20;

/** Text of a regular file inside a root file system, which no symlink leads out of; undefined when there is none. */
export function readInRoot(rootfs: string, path: string): string | undefined {
  const fd = open(rootfs, path);
  if (fd === undefined) return undefined;
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return undefined;
    if (stats.size > largest) throw invalid(`${path} in the container is too large`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Without waiting, should it be a FIFO. */
function open(rootfs: string, path: string): number | undefined {
  try {
    return openInRoot(rootfs, path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
}
