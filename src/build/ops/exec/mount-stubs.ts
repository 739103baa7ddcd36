import { lstatSync, rmdirSync, statSync, unlinkSync, utimesSync } from 'node:fs';
import { posix } from 'node:path';
import { asPath, bytesOfText, type ByteString } from '../../../lib/byte-string.ts';
import { hasCode } from '../../../lib/errors.ts';
import { resolvePath } from '../tree/resolve-path.ts';

interface Stub {
  /** Relative to the root. */
  readonly path: ByteString;
  /** Those of the directory that it is to be in, where that is there: accessed, modified. */
  readonly times?: readonly [number, number];
}

/**
 * The files and directories that the runtime has to make as places for mounts. What was not there before the command is removed after it,
 * unless the command put something there; the directory that held it gets its time back.
 */
export class MountStubs {
  private readonly root: ByteString;
  /** Outermost first. */
  private readonly missing: Stub[] = [];

  constructor(root: string, destinations: readonly string[]) {
    this.root = bytesOfText(root);
    for (const destination of destinations) this.note(bytesOfText(destination));
  }

  remove(): void {
    for (const { path, times } of this.missing.toReversed()) {
      const directory = parentOf(path);
      // the command may have put a symlink into the way, which would lead out of the root
      if (resolvePath(this.root, directory) !== directory) continue;
      if (removeIfEmpty(this.pathOf(path)) && times) utimesSync(asPath(this.pathOf(directory)), ...times);
    }
  }

  private note(destination: ByteString): void {
    let path = '';
    for (const name of resolvePath(this.root, destination).split('/').filter(Boolean)) {
      const directory = path;
      path = posix.join(directory, name);
      const isThere = lstatSync(asPath(this.pathOf(path)), { throwIfNoEntry: false }) !== undefined;
      if (isThere || this.missing.some((stub) => stub.path === path)) continue;
      const stats = statSync(asPath(this.pathOf(directory)), { throwIfNoEntry: false });
      this.missing.push({ path, ...(stats && { times: [stats.atimeMs / 1000, stats.mtimeMs / 1000] }) });
    }
  }

  private pathOf(path: ByteString): ByteString {
    return path === '' ? this.root : `${this.root}/${path}`;
  }
}

const parentOf = (path: ByteString): ByteString => path.slice(0, Math.max(0, path.lastIndexOf('/')));

function removeIfEmpty(path: ByteString): boolean {
  try {
    const stats = lstatSync(asPath(path), { throwIfNoEntry: false });
    if (stats?.isDirectory()) rmdirSync(asPath(path));
    else if (stats?.isFile() && stats.size === 0) unlinkSync(asPath(path));
    else return false;
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EBUSY')) return false;
    throw error;
  }
}
