import { readKeptXattrs } from '../../kernel/kept-xattrs.ts';
import { bytesOfText } from '../../lib/byte-string.ts';
import { encodeHeader } from '../../lib/tar/encode.ts';
import { makeEntry, paddingOf, type TarEntry, trailer } from '../../lib/tar/entry.ts';
import { packTree } from '../../lib/tar/pack-tree.ts';
import type { SentTree } from '../peer.ts';
import { linkBelow } from '../session/link-below.ts';

/** Trees as one archive, each below the directory that it goes into. */
export function* packOutput(trees: readonly SentTree[]): Generator<Uint8Array> {
  for (const tree of trees) {
    yield* withoutTrailer(packTree(tree.root, packOptions(tree)));
    for (const { name, content } of tree.extra ?? []) yield* member(tree, name, content);
  }
  yield trailer;
}

function packOptions({ under, epoch }: SentTree): Parameters<typeof packTree>[1] {
  const change = (entry: TarEntry): TarEntry => ({
    ...entry,
    ...(epoch !== undefined && { mtime: epoch, mtimeNanos: 0 }),
    ...(entry.type === 'symlink' && { linkName: linkBelow(under, entry.linkName) }),
  });
  return {
    live: false,
    readXattrs: readKeptXattrs,
    ...(under !== undefined && { name: bytesOfText(under) }),
    rewrite: (entry) => [change(entry)],
  };
}

function* member({ under, epoch }: SentTree, name: string, content: Buffer): Generator<Uint8Array> {
  const path = bytesOfText(under === undefined ? name : `${under}/${name}`);
  const mtime = epoch ?? Math.floor(Date.now() / 1000);
  yield encodeHeader(makeEntry({ name: path, size: content.length, mode: 0o600, mtime }));
  yield content;
  yield Buffer.alloc(paddingOf(content.length));
}

/** More follows: only the last tree ends the archive. */
function* withoutTrailer(chunks: Iterable<Buffer>): Generator<Uint8Array> {
  let held = Buffer.alloc(0);
  for (const chunk of chunks) {
    const all = Buffer.concat([held, chunk]);
    const end = Math.max(0, all.length - trailer.length);
    if (end > 0) yield all.subarray(0, end);
    held = Buffer.from(all.subarray(end));
  }
}
