import { lstatSync, readlinkSync } from 'node:fs';
import { asPath, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import { hasCode, invalid } from '../../../lib/errors.ts';

/** As many symlinks as the kernel follows. */
const MAX_LINKS = 40;

/**
 * The place of a path for a process whose root is `root`: relative to it, without symlinks (the last component is kept as it is with
 * `followLast: false`), without `..`; '' is the root. What does not exist is taken as it stands. Nobody else may change the tree
 * meanwhile: the caller owns it.
 */
export function resolvePath(
  root: ByteString,
  path: ByteString,
  options: { followLast?: boolean } = {},
): ByteString {
  const done: ByteString[] = [];
  const left = path.split('/');
  for (let links = 0; left.length > 0;) {
    const name = left.shift() ?? '';
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const isLast = left.every((rest) => rest === '' || rest === '.');
    const target =
      isLast && options.followLast === false ? undefined : linkTarget(`${root}/${[...done, name].join('/')}`);
    if (target === undefined) {
      done.push(name);
      continue;
    }
    if (++links > MAX_LINKS) throw invalid(`too many levels of symbolic links: ${textOfBytes(path)}`);
    if (target.startsWith('/')) done.length = 0;
    left.unshift(...target.split('/'));
  }
  return done.join('/');
}

function linkTarget(path: ByteString): ByteString | undefined {
  try {
    const stats = lstatSync(asPath(path), { throwIfNoEntry: false });
    return stats?.isSymbolicLink() ? readlinkSync(asPath(path), { encoding: 'latin1' }) : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return undefined;
    if (hasCode(error, 'ENAMETOOLONG'))
      throw invalid('a path is longer than Linux takes: 255 bytes a name, 4095 in all', error);
    throw error;
  }
}
