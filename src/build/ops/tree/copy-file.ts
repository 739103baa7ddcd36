import { fchmodSync, fchownSync, fstatSync, futimesSync, lstatSync, rmSync, type Stats } from 'node:fs';
import { asPath, type ByteString, textOfBytes } from '../../../lib/byte-string.ts';
import { invalid } from '../../../lib/errors.ts';
import { fileTime } from '../../../lib/file-time.ts';
import { copyXattrs, modeOf, type Wanted } from './attributes.ts';
import { copyContent } from './copy-content.ts';

/** A regular file and what its copy is to be, as plain data. */
export interface FileCopy {
  readonly source: ByteString;
  readonly target: ByteString;
  /** The target as people know it. */
  readonly shown: ByteString;
  /** Bytes; where it was looked at. */
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** Milliseconds since 1970. */
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly hasXattrs: boolean;
}

export function fileCopy(
  source: ByteString,
  { target, shown }: Pick<FileCopy, 'target' | 'shown'>,
  stats: Stats,
  wanted: Wanted,
): FileCopy {
  const { size, atimeMs, mtimeMs } = stats;
  const { owner, hasXattrs } = wanted;
  return { source, target, shown, size, atimeMs, mtimeMs, hasXattrs, ...owner, mode: modeOf(stats, wanted) };
}

/** Mostly nothing is there: that is found out by making the file. */
export function copyFile(copy: FileCopy): void {
  const content = { path: copy.source, size: copy.size };
  while (!copyContent(content, copy.target, (fd) => setAttributes(fd, copy)))
    clearTheWay(copy.target, copy.shown);
}

/** Removes what a new file takes the place of. Throws EngineError `invalid` where it is a directory. */
export function clearTheWay(target: ByteString, shown: ByteString): void {
  const there = lstatSync(asPath(target), { throwIfNoEntry: false });
  if (there?.isDirectory()) throw invalid(`cannot replace directory /${textOfBytes(shown)} with file`);
  if (there) rmSync(asPath(target));
}

/** A file that was just made mostly has the right owner and mode. */
function setAttributes(fd: number, copy: FileCopy): void {
  const { uid, gid, mode } = copy;
  const made = fstatSync(fd);
  if (made.uid !== uid || made.gid !== gid) fchownSync(fd, uid, gid);
  if (copy.hasXattrs) copyXattrs(copy.source, copy.target);
  if ((made.mode & 0o7777) !== mode) fchmodSync(fd, mode);
  futimesSync(fd, fileTime(copy.atimeMs / 1000), fileTime(copy.mtimeMs / 1000));
}
