import { ftruncateSync } from 'node:fs';
import { decompress } from '../../lib/compression.ts';
import { cleanName } from '../../lib/tar/clean-name.ts';
import type { TarEntry } from '../../lib/tar/entry.ts';
import { FileWriter } from '../../lib/tar/file-writer.ts';
import { TarParser, type TarVisitor } from '../../lib/tar/parser.ts';
import type { ContextTree, OpenContextFile } from './context-tree.ts';
import { InjectedDockerfile } from './injected-dockerfile.ts';

/** Files up to this are compared in memory. */
const SMALL = 1 << 20;

/**
 * Brings a directory in line with a context that comes as an archive, plain or compressed. Devices are left out, and owners: a context
 * has none. Returns the Dockerfile that the client put into it, if any.
 */
export async function receiveArchive(
  archive: AsyncIterable<Uint8Array>,
  tree: ContextTree,
  options: { readonly dockerfile?: string; readonly signal?: AbortSignal },
): Promise<string | undefined> {
  const injected = InjectedDockerfile.named(options.dockerfile);
  using members = new Members(tree, injected);
  const parser = new TarParser(members);
  for await (const chunk of decompress(archive, options)) parser.push(chunk);
  parser.end();
  tree.finish();
  return injected?.text;
}

class Members implements TarVisitor, Disposable {
  private readonly tree: ContextTree;
  private readonly injected: InjectedDockerfile | undefined;
  private small:
    | { readonly entry: TarEntry; readonly name: string; readonly content: Buffer; filled: number }
    | undefined;
  private large: OpenContextFile | undefined;
  private sparse: FileWriter | undefined;

  constructor(tree: ContextTree, injected: InjectedDockerfile | undefined) {
    this.tree = tree;
    this.injected = injected;
  }

  entry(entry: TarEntry): void {
    const name = cleanName(entry.name);
    if (name === '') return; // the context itself is there
    switch (entry.type) {
      case 'directory':
        return this.tree.directory(name, metaOf(entry));
      case 'file':
        return this.startFile(name, entry);
      case 'symlink':
        return this.tree.symlink(name, entry.linkName, metaOf(entry).mtime);
      case 'hardlink':
        return this.tree.link(name, cleanName(entry.linkName));
      case 'fifo':
        return this.tree.fifo(name, metaOf(entry));
      default: // devices
    }
  }

  data(piece: Buffer): void {
    if (this.small) this.small.filled += piece.copy(this.small.content, this.small.filled);
    else if (this.sparse) this.sparse.write(piece);
    else this.large?.write(piece);
  }

  entryEnd(): void {
    const { small, large, sparse } = this;
    this.forget();
    if (small) this.endSmall(small.name, small.entry, small.content);
    else if (sparse) {
      large?.finishUnhashed();
    } else large?.finish();
  }

  [Symbol.dispose](): void {
    this.large?.abandon();
    this.forget();
  }

  private startFile(name: string, entry: TarEntry): void {
    if (entry.size <= SMALL && !entry.sparse) {
      this.small = { entry, name, content: Buffer.allocUnsafe(entry.size), filled: 0 };
      return;
    }
    this.large = this.tree.openFile(name, metaOf(entry));
    if (!entry.sparse) return;
    ftruncateSync(this.large.fd, entry.sparse.realSize);
    this.sparse = new FileWriter(this.large.fd, entry.sparse, () => {});
  }

  private endSmall(name: string, entry: TarEntry, content: Buffer): void {
    const kept = this.injected ? this.injected.filter(name, content) : content;
    if (kept) this.tree.file(name, metaOf(entry), kept);
  }

  private forget(): void {
    this.small = undefined;
    this.large = undefined;
    this.sparse = undefined;
  }
}

const metaOf = ({ mode, mtime, mtimeNanos }: TarEntry): { mode: number; mtime: number } => ({
  mode,
  mtime: mtime + mtimeNanos / 1e9,
});
