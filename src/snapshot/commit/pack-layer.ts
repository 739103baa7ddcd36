import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, statSync, utimesSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { isKeptXattr } from '../../kernel/kept-xattrs.ts';
import { readXattrs } from '../../kernel/xattr.ts';
import { asPath, type ByteString } from '../../lib/byte-string.ts';
import { internal } from '../../lib/errors.ts';
import { fileSizeOf, makeEntry, type TarEntry } from '../../lib/tar/entry.ts';
import { writeWhole } from '../../lib/tar/fd-sink.ts';
import { packTree } from '../../lib/tar/pack-tree.ts';
import { digestFromHex, type Digest } from '../../oci/digest.ts';
import { baseOf, joinPath, parentOf } from '../apply/virtual-root.ts';
import { sendChunks } from '../worker/stream.ts';

const OPAQUE_XATTR = 'trusted.overlay.opaque';
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/**
 * A directory in overlay form as a layer archive (OCI image spec, layer.md). Its bytes depend on the tree alone: what `commit` hashed can
 * be written again whenever the layer is pushed or saved, so this must not change.
 */
export function packLayer(directory: string, watch: Watch = {}): Generator<Buffer> {
  return packTree(directory, {
    live: watch.live ?? false,
    readXattrs: layerXattrs,
    reuseChunks: watch.reuseChunks ?? false,
    onSocket: (path) => watch.onSocket?.(path),
    onSparse: (name) => watch.onSparse?.(name),
    rewrite: (entry) => {
      watch.onEntry?.(entry);
      return rewriteEntry(entry);
    },
  });
}

interface Watch {
  /** Others may change it meanwhile. */
  readonly live?: boolean;
  readonly reuseChunks?: boolean;
  readonly onEntry?: (entry: TarEntry) => void;
  readonly onSocket?: (path: ByteString) => void;
  readonly onSparse?: (name: ByteString) => void;
}

export interface HashedLayer {
  readonly diffId: Digest;
  readonly size: number;
}

/** Job: the diffId of a directory that becomes a layer. Sockets are removed from it: a layer can't hold them. */
export function hashLayer({ directory }: { directory: string }): HashedLayer {
  const hash = createHash('sha256');
  const sockets: ByteString[] = [];
  let size = 0;
  const chunks = packLayer(directory, {
    reuseChunks: true,
    onSocket: (path) => sockets.push(path),
    onEntry: (entry) => void (size += fileSizeOf(entry)),
  });
  for (const chunk of chunks) hash.update(chunk);
  for (const path of sockets) removeKeepingTimes(path);
  return { diffId: digestFromHex(hash.digest('hex')), size };
}

export interface SendArguments {
  readonly port: MessagePort;
  readonly directory: string;
  readonly diffId: Digest;
}

/** Job: sends a layer's archive. Throws at its end when it is not the one that has this diffId. */
export async function sendLayer({ port, directory, diffId }: SendArguments): Promise<void> {
  const hash = createHash('sha256');
  await sendChunks(port, hashed(packLayer(directory), hash, diffId));
}

export interface WriteArguments {
  /** In overlay form; or `path`, a file that should be the archive. */
  readonly directory?: string;
  readonly path?: string;
  readonly output: number;
  readonly diffId: Digest;
}

/** Job: writes a layer's archive to a blocking descriptor. Throws at its end when it is not the one that has this diffId. */
export function writeLayer({ directory, path, output, diffId }: WriteArguments): void {
  const chunks =
    directory === undefined ? fileChunks(path ?? '') : packLayer(directory, { reuseChunks: true });
  for (const chunk of hashed(chunks, createHash('sha256'), diffId)) writeWhole(output, chunk);
}

function* fileChunks(path: string): Generator<Buffer> {
  const file = openSync(path, 'r');
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  try {
    for (let count; (count = readSync(file, buffer)) > 0;) yield buffer.subarray(0, count);
  } finally {
    closeSync(file);
  }
}

function* hashed(chunks: Iterable<Buffer>, hash: Hash, diffId: Digest): Generator<Buffer> {
  for (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  const got = digestFromHex(hash.digest('hex'));
  if (got !== diffId) throw internal(`layer ${diffId} can't be written again from its directory: got ${got}`);
}

/** Only what belongs to the content: file capabilities and users' attributes, and the mark that we turn into a whiteout. */
function layerXattrs(path: ByteString): ReadonlyMap<string, ByteString> | undefined {
  const all = readXattrs(path);
  if (!all) return undefined;
  for (const name of all.keys()) if (!belongsToLayer(name)) all.delete(name);
  return all.size === 0 ? undefined : all;
}

const belongsToLayer = (name: string): boolean => isKeptXattr(name) || name === OPAQUE_XATTR;

function rewriteEntry(entry: TarEntry): readonly TarEntry[] {
  const base = baseOf(entry.name);
  if (base.startsWith(WHITEOUT)) return []; // would hide a file
  if (entry.type === 'character' && entry.device?.major === 0 && entry.device.minor === 0)
    return [whiteout(joinPath(parentOf(entry.name), WHITEOUT + base))];
  if (!entry.xattrs.has(OPAQUE_XATTR)) return [entry];
  const isOpaque = entry.xattrs.get(OPAQUE_XATTR) === 'y';
  const xattrs = new Map([...entry.xattrs].filter(([name]) => name !== OPAQUE_XATTR));
  const plain = { ...entry, xattrs };
  return isOpaque ? [plain, whiteout(`${entry.name}/${OPAQUE}`)] : [plain];
}

const whiteout = (name: ByteString): TarEntry => makeEntry({ name, mode: 0 });

/** The archive has the directory's time already. */
function removeKeepingTimes(path: ByteString): void {
  const directory = asPath(parentOf(path));
  const { atime, mtime } = statSync(directory);
  rmSync(asPath(path), { force: true });
  utimesSync(directory, atime, mtime);
}
