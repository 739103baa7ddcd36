import { closeSync, fstatSync, type Stats } from 'node:fs';
import { openInRoot } from '../../kernel/open-in-root.ts';
import { hasCode } from '../../lib/errors.ts';

const O_PATH = 0o10000000;

/** What stands at a path of a container, also while its processes change it; undefined when there is nothing. */
export function statInRoot(root: string, path: string): Stats | undefined {
  try {
    const fd = openInRoot(root, path, O_PATH);
    try {
      return fstatSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined;
    throw error;
  }
}
