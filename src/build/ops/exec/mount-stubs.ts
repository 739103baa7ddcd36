import { lstatSync, readdirSync, rmdirSync, statSync, unlinkSync, utimesSync } from 'node:fs';
import { posix } from 'node:path';
import { asPath, bytesOfText, type ByteString } from '../../../lib/byte-string.ts';
import { hasCode } from '../../../lib/errors.ts';
import { resolvePath } from '../tree/resolve-path.ts';

/**
 * The files and directories that the runtime has to make as places for mounts. What was not there before the command is removed after it,
 * unless the command put something there; the directory that held it gets its time back.
 */
export class MountStubs {
  private readonly root: ByteString;
  /** Outermost first. */
  private readonly missing: {
    readonly path: ByteString;
    readonly parent: ByteString;
    readonly times?: [number, number];
  }[] = [];

  constructor(root: string, destinations: readonly string[]) {
    this.root = bytesOfText(root);
    for (const destination of destinations) this.note(bytesOfText(destination));
  }

  remove(): void {
    for (const { path, parent, times } of this.missing.toReversed()) {
      if (!removeIfEmpty(path) || !times) continue;
      if (lstatSync(asPath(parent), { throwIfNoEntry: false })?.isDirectory())
        utimesSync(asPath(parent), ...times);
    }
  }

  private note(destination: ByteString): void {
    const resolved = resolvePath(this.root, destination);
    let path = this.root;
    for (const name of resolved.split('/').filter(Boolean)) {
      const parent = path;
      path = `${parent}/${name}`;
      if (
        lstatSync(asPath(path), { throwIfNoEntry: false }) ||
        this.missing.some((stub) => stub.path === path)
      )
        continue;
      const stats = statSync(asPath(parent), { throwIfNoEntry: false });
      this.missing.push({
        path,
        parent,
        ...(stats && { times: [stats.atimeMs / 1000, stats.mtimeMs / 1000] }),
      });
    }
  }
}

/** Where it is in the tree cannot have become a symlink that leads out: then it is not empty, or its parent is no directory. */
function removeIfEmpty(path: ByteString): boolean {
  const parent = lstatSync(asPath(posix.dirname(path)), { throwIfNoEntry: false });
  const stats = parent?.isDirectory() ? lstatSync(asPath(path), { throwIfNoEntry: false }) : undefined;
  if (!stats) return false;
  try {
    if (stats.isDirectory()) {
      if (readdirSync(asPath(path)).length > 0) return false;
      rmdirSync(asPath(path));
    } else if (stats.isFile() && stats.size === 0) unlinkSync(asPath(path));
    else return false;
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EBUSY')) return false;
    throw error;
  }
}
