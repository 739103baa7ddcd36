import { type ByteString, textOfBytes } from '../../lib/byte-string.ts';
import { invalid } from '../../lib/errors.ts';
import { cleanName } from '../../lib/tar/clean-name.ts';
import type { ContextMeta, ContextTree } from './context-tree.ts';

export type OfferedEntry =
  | { readonly kind: 'directory'; readonly name: ByteString; readonly meta: ContextMeta }
  | { readonly kind: 'fifo'; readonly name: ByteString; readonly meta: ContextMeta }
  | {
      readonly kind: 'symlink' | 'hardlink';
      readonly name: ByteString;
      readonly meta: ContextMeta;
      readonly target: ByteString;
    }
  | {
      readonly kind: 'file';
      readonly name: ByteString;
      readonly meta: ContextMeta;
      readonly size: number;
      /** Asks for the content. */
      readonly content: () => AsyncIterable<Buffer>;
    };

/** A tree of files whose owner tells what there is, and sends the content of a file when asked. Parents come before their members. */
export type OfferedFiles = AsyncIterable<OfferedEntry> | PackedFiles;

/** The same in a form that can be compared with an earlier offer at no cost. */
export interface PackedFiles {
  /** Entries as they come, each in bytes that are the same as long as nothing of it has changed. To be read once. */
  readonly batches: AsyncIterable<readonly Buffer[]>;
  /** What the bytes of the entry with this number say; undefined for what is no part of a context. */
  read(entry: Buffer, number: number): OfferedEntry | undefined;
}

type OfferedFile = Extract<OfferedEntry, { kind: 'file' }>;

/** Files up to this are compared in memory. */
const SMALL = 1 << 20;
/** Files on their way at the same time. */
const AT_ONCE = 64;
/** Files may grow while they are sent, such as logs. One that goes on and on is none. */
const MOST_GROWTH = 1 << 30;

/** Brings a directory in line with files that are offered; of those with the same size, mode and time as before nothing is asked. */
export async function receiveOffered(files: AsyncIterable<OfferedEntry>, tree: ContextTree): Promise<void> {
  const coming = new Set<Promise<void>>();
  const links: { name: ByteString; target: ByteString }[] = [];
  let failed: unknown;
  try {
    for await (const entry of files) {
      if (failed !== undefined) break;
      const name = cleanName(entry.name, 'build context');
      if (name === '') continue; // the context itself is there
      if (entry.kind === 'hardlink') links.push({ name, target: cleanName(entry.target, 'build context') });
      else if (entry.kind !== 'file') place(tree, name, entry);
      else if (!tree.keepFile(name, entry.meta, entry.size)) {
        while (coming.size >= AT_ONCE) await Promise.race(coming);
        const file = fetch(tree, name, entry).catch((error: unknown) => {
          failed ??= error;
        });
        coming.add(file);
        void file.finally(() => coming.delete(file));
      }
    }
  } finally {
    await Promise.all(coming); // the directory is theirs until then
  }
  if (failed !== undefined) throw failed;
  for (const { name, target } of links) tree.link(name, target);
  tree.finish();
}

function place(
  tree: ContextTree,
  name: ByteString,
  entry: Exclude<OfferedEntry, { kind: 'file' | 'hardlink' }>,
): void {
  if (entry.kind === 'directory') tree.directory(name, entry.meta);
  else if (entry.kind === 'fifo') tree.fifo(name, entry.meta);
  else if (entry.kind === 'symlink') tree.symlink(name, entry.target, entry.meta.mtime);
}

async function fetch(
  tree: ContextTree,
  name: ByteString,
  { meta, size, content }: OfferedFile,
): Promise<void> {
  const pieces: Buffer[] = [];
  let file = size > SMALL ? tree.openFile(name, meta) : undefined;
  let length = 0;
  try {
    for await (const piece of content()) {
      length += piece.length;
      if (length > size + MOST_GROWTH)
        throw invalid(
          `invalid build context: ${JSON.stringify(textOfBytes(name))} does not end (${size} bytes were told)`,
        );
      pieces.push(piece);
      if (!file && length > SMALL) file = tree.openFile(name, meta);
      if (file) for (const pending of pieces.splice(0)) file.write(pending);
    }
  } catch (error) {
    file?.abandon();
    throw error;
  }
  if (file) file.finish();
  else tree.file(name, meta, pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
}
