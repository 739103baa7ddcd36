import { bytesOfText } from '../../lib/byte-string.ts';
import { encodeHeader } from '../../lib/tar/encode.ts';
import { makeEntry, paddingOf, type TarEntry, trailer } from '../../lib/tar/entry.ts';
import { packTree } from '../../lib/tar/pack-tree.ts';
import { sendFile } from '../session/send-file.ts';
import type { ExporterResponse, OutputTask } from './output.ts';
import { checkNoClash, type OutputTree, outputTrees } from './output-trees.ts';

/** `type=tar`: the files as an archive for the client; of several platforms each below a directory of its own. */
export async function exportTar(output: OutputTask): Promise<ExporterResponse> {
  const { session, number, task, signal } = output;
  await using trees = await outputTrees(output);
  await checkNoClash(trees.list);
  await task.part('sending tarball', () => sendFile(session, archiveOf(trees.list), number, signal));
  return {};
}

function* archiveOf(trees: readonly OutputTree[]): Generator<Uint8Array> {
  for (const tree of trees) {
    yield* withoutTrailer(packTree(tree.root, packOptions(tree)));
    for (const { name, content } of tree.extra) yield* member(tree, name, content);
  }
  yield trailer;
}

function packOptions({ under, epoch }: OutputTree): Parameters<typeof packTree>[1] {
  const clamp = (entry: TarEntry): TarEntry =>
    epoch === undefined ? entry : { ...entry, mtime: epoch, mtimeNanos: 0 };
  return {
    live: false,
    ...(under !== undefined && { name: bytesOfText(under) }),
    rewrite: (entry) => [clamp(entry)],
  };
}

function* member({ under, epoch }: OutputTree, name: string, content: Buffer): Generator<Uint8Array> {
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
