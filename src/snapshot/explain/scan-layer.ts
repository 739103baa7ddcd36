import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { readXattr } from '../../kernel/xattr.ts';
import { replaceFile } from '../../lib/atomic-file.ts';
import { asPath, bytesOfText, type ByteString, textOfBytes } from '../../lib/byte-string.ts';
import { hasCode } from '../../lib/errors.ts';

/** An entry of a layer's directory. Directories come before what is in them. */
export interface ScannedEntry {
  /** Relative to the root of the layer. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'opaque' | 'whiteout' | 'other';
  /** Of a file; 0 for others. */
  readonly size: number;
  /** Digest of a file's content, some digits; '' where it was not asked for: of small files. */
  readonly digest: string;
  /** Tells names of the same file, within the layer; 0 = it has only one. */
  readonly link: number;
}

/** Smaller files are not compared: what they take is little. */
export const SMALLEST_COMPARED = 4096;
const VERSION = 1;
const CHUNK = 1 << 20;

/** What is in a layer, from its directory `diff`; kept in a file beside that, since layers never change. */
export function scanLayer(diff: string): ScannedEntry[] {
  const memory = join(dirname(diff), 'scan');
  const known = recall(memory);
  if (known) return known;
  const entries = [...walk(bytesOfText(diff), '', new Map(), Buffer.allocUnsafe(CHUNK))];
  keep(memory, entries);
  return entries;
}

function* walk(
  root: ByteString,
  directory: ByteString,
  links: Map<string, number>,
  buffer: Buffer,
): Generator<ScannedEntry> {
  const full = directory === '' ? root : `${root}/${directory}`;
  for (const name of readdirSync(asPath(full), { encoding: 'latin1' }).sort()) {
    const path = directory === '' ? name : `${directory}/${name}`;
    const stats = lstatSync(asPath(`${root}/${path}`), { throwIfNoEntry: false });
    if (!stats) continue;
    const entry = { path: textOfBytes(path), size: 0, digest: '', link: 0 };
    if (stats.isDirectory()) {
      const isOpaque = readXattr(`${root}/${path}`, 'trusted.overlay.opaque') === 'y';
      yield { ...entry, kind: isOpaque ? 'opaque' : 'directory' };
      yield* walk(root, path, links, buffer);
    } else if (stats.isFile()) {
      const { size } = stats;
      const digest = size < SMALLEST_COMPARED ? '' : digestOf(`${root}/${path}`, buffer);
      yield {
        ...entry,
        kind: 'file',
        size,
        digest,
        link: stats.nlink > 1 ? linkOf(links, `${stats.ino}`) : 0,
      };
    } else yield { ...entry, kind: stats.isCharacterDevice() && stats.rdev === 0 ? 'whiteout' : 'other' };
  }
}

function linkOf(links: Map<string, number>, inode: string): number {
  const known = links.get(inode) ?? links.size + 1;
  links.set(inode, known);
  return known;
}

function digestOf(path: ByteString, buffer: Buffer): string {
  const hash = createHash('sha256');
  const fd = openSync(asPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
      hash.update(buffer.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex').slice(0, 32);
}

function recall(path: string): ScannedEntry[] | undefined {
  try {
    const { version, entries } = JSON.parse(inflateRawSync(readFileSync(path)).toString()) as {
      version: number;
      entries: ScannedEntry[];
    };
    return version === VERSION ? entries : undefined;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    rmSync(path, { force: true }); // half written, or another's: found out anew
    return undefined;
  }
}

/** No loss if it is lost: then the layer is read again. */
function keep(path: string, entries: readonly ScannedEntry[]): void {
  try {
    replaceFile(path, (fd) =>
      writeFileSync(fd, deflateRawSync(JSON.stringify({ version: VERSION, entries }))),
    );
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOSPC', 'EROFS')) throw error; // the layer was removed, or there is no room
  }
}
