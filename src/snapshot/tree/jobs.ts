import { lstatSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { makeNode, S_IFBLK, S_IFCHR, S_IFIFO } from '../../kernel/mknod.ts';
import { readXattrs, writeXattr } from '../../kernel/xattr.ts';
import { asPath, bytesOfText, type ByteString } from '../../lib/byte-string.ts';
import { PathError, RootedDirectory } from '../../lib/rooted-path.ts';
import type { TarEntry } from '../../lib/tar/entry.ts';
import { TreeExtractor, type ExtraCalls, type ExtractOptions } from '../../lib/tar/extract.ts';
import { packTreeAt } from '../../lib/tar/pack-tree.ts';
import { receiveChunks, sendChunks } from '../worker/stream.ts';
import type { ArchiveTreeOptions } from '../types.ts';

const types = { character: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO } as const;

const calls: ExtraCalls = {
  makeNode: (path, type, mode, major, minor) => makeNode(path, types[type] | mode, major, minor),
  writeXattr,
};

export interface ExtractArguments {
  readonly port: MessagePort;
  readonly root: string;
  readonly options: Omit<ExtractOptions, 'calls'>;
}

/** Job: extracts the archive that comes by the port. */
export async function extractTree({ port, root, options }: ExtractArguments): Promise<void> {
  using extractor = new TreeExtractor(root, { ...options, calls });
  await receiveChunks(port, (chunk) => extractor.push(chunk));
  extractor.end();
}

export interface ArchiveArguments {
  readonly port: MessagePort;
  readonly root: string;
  readonly options: Omit<ArchiveTreeOptions, 'signal'>;
}

/** Job: sends a tree below a root as an archive. */
export async function archiveTree({ port, root, options }: ArchiveArguments): Promise<void> {
  using rooted = new RootedDirectory(bytesOfText(root));
  using found = rooted.locate(bytesOfText(options.path ?? ''), { followLast: options.followLast ?? false });
  const name = options.name === undefined ? undefined : bytesOfText(options.name);
  const isDirectory = lstatSync(asPath(found.path), { throwIfNoEntry: false })?.isDirectory();
  if (isDirectory === undefined) throw new PathError('ENOENT', bytesOfText(options.path ?? ''));
  if (!isDirectory && name === undefined) throw new PathError('ENOTDIR', bytesOfText(options.path ?? ''));
  const chunks = packTreeAt(found.path, {
    ...(name !== undefined && { name }),
    readXattrs: contentXattrs,
    rewrite: rewriterOf(options, name),
  });
  await sendChunks(port, chunks);
}

function contentXattrs(path: ByteString): ReadonlyMap<string, ByteString> | undefined {
  const all = readXattrs(path);
  if (!all) return undefined;
  for (const name of all.keys())
    if (name !== 'security.capability' && !name.startsWith('user.')) all.delete(name);
  return all.size === 0 ? undefined : all;
}

function rewriterOf(
  { exclude = [], owner }: ArchiveArguments['options'],
  name: ByteString | undefined,
): (entry: TarEntry) => readonly TarEntry[] {
  const prefix = name === undefined ? '' : `${name}/`;
  const excluded = new Set(exclude.map((path) => prefix + bytesOfText(path)));
  return (entry) => (excluded.has(entry.name) ? [] : [owner ? { ...entry, ...owner } : entry]);
}
