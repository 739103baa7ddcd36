import { posix } from 'node:path';

/** Where a symlink leads when its tree is not written to a root but into a directory of it: an absolute one leads below that. */
export const linkBelow = (directory: string | undefined, target: string): string =>
  directory !== undefined && target.startsWith('/') ? posix.join('/', directory, target) : target;
