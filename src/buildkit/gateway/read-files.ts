import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { posix } from 'node:path';
import { resolvePath } from '../../build/ops/tree/resolve-path.ts';
import { asPath, type ByteString, bytesOfText, textOfBytes } from '../../lib/byte-string.ts';
import { hasCode, invalid, notFound } from '../../lib/errors.ts';
import { compileGlob } from '../../lib/glob.ts';
import { LARGEST_MESSAGE } from '../../lib/grpc/frame.ts';
import type { FileStat } from '../message-types.ts';
import { goMode, type FileKind } from '../session/file-mode.ts';

/** Files of a result below `root`, read as a process there would see them: nothing leads out. */

/** A part of a regular file; without `length` all the rest. */
export function readFile(
  root: string,
  path: string,
  range: { Offset: number; Length: number } | null,
): Buffer {
  const { Offset: offset = 0, Length: length = 0 } = range ?? {};
  if (offset < 0 || length < 0) throw invalid(`invalid range of ${path}`);
  const fd = open(root, path);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw invalid(`read ${path}: is not a regular file`);
    const wanted = Math.min(Math.max(0, stats.size - offset), length || Infinity);
    if (wanted > LARGEST_MESSAGE - 1024)
      throw invalid(`${path} is too large to be read at once (${wanted} bytes): ask for ranges of it`);
    const buffer = Buffer.alloc(wanted);
    return buffer.subarray(0, readSync(fd, buffer, 0, wanted, offset));
  } finally {
    closeSync(fd);
  }
}

/** The members of a directory in order of their names, those that match a pattern when there is one. */
export function readDirectory(root: string, path: string, pattern: string): Partial<FileStat>[] {
  const place = placeOf(root, path, true);
  const glob = pattern === '' ? undefined : compileGlob(pattern);
  try {
    return readdirSync(asPath(place), { encoding: 'latin1' })
      .filter((name) => glob?.matches(textOfBytes(name)) ?? true)
      .toSorted()
      .map((name) => statAt(`${place}/${name}`, textOfBytes(name)));
  } catch (error) {
    throw told(error, 'open', path);
  }
}

/** One entry; of a symlink itself. */
export function statFile(root: string, path: string): Partial<FileStat> {
  try {
    return statAt(placeOf(root, path, false), posix.basename(posix.resolve('/', path)));
  } catch (error) {
    throw told(error, 'stat', path);
  }
}

function statAt(place: ByteString, path: string): Partial<FileStat> {
  const stats = lstatSync(asPath(place));
  const kind: FileKind = stats.isDirectory()
    ? 'directory'
    : stats.isSymbolicLink()
      ? 'symlink'
      : stats.isFIFO()
        ? 'fifo'
        : stats.isFile()
          ? 'file'
          : 'other';
  return {
    path,
    mode: goMode(kind, stats.mode & 0o7777),
    uid: stats.uid,
    gid: stats.gid,
    size: kind === 'file' ? stats.size : 0,
    modTime: Math.round(stats.mtimeMs * 1e6),
    linkname: kind === 'symlink' ? textOfBytes(readlinkSync(asPath(place), { encoding: 'latin1' })) : '',
  };
}

function open(root: string, path: string): number {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    return openSync(asPath(placeOf(root, path, true)), flags);
  } catch (error) {
    throw told(error, 'open', path);
  }
}

function placeOf(root: string, path: string, followLast: boolean): ByteString {
  if (path.includes('\0')) throw invalid('a path with a zero byte in it');
  const base = bytesOfText(root);
  return `${base}/${resolvePath(base, bytesOfText(path), { followLast })}`;
}

/** Without the place on this machine. */
function told(error: unknown, what: string, path: string): unknown {
  if (hasCode(error, 'ENOENT')) return notFound(`${what} ${path}: no such file or directory`, error);
  if (hasCode(error, 'ENOTDIR')) return invalid(`${what} ${path}: not a directory`, error);
  if (hasCode(error, 'ELOOP', 'ENXIO', 'ENAMETOOLONG', 'EACCES'))
    return invalid(`${what} ${path}: cannot be read`, error);
  return error;
}
