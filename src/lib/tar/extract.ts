import { closeSync } from 'node:fs';
import { bytesOfText, textOfBytes, type ByteString } from '../byte-string.ts';
import { EngineError, internal, invalid } from '../errors.ts';
import { RootedDirectory } from '../rooted-path.ts';
import { cleanName } from './clean-name.ts';
import type { TarEntry } from './entry.ts';
import { ExtractTarget } from './extract-target.ts';
import type { FileWriter } from './file-writer.ts';
import { TarParser, type TarVisitor } from './parser.ts';

/** System calls that Node lacks; without them devices, FIFOs and attributes are left out. Paths and values are byte strings. */
export interface ExtraCalls {
  makeNode(
    path: ByteString,
    type: 'character' | 'block' | 'fifo',
    mode: number,
    major: number,
    minor: number,
  ): void;
  writeXattr(path: ByteString, name: string, value: ByteString): void;
}

export interface ExtractOptions {
  /** Directory below the root that names are relative to; made when missing. Default: the root. */
  readonly into?: ByteString;
  /** Who owns what is made: as the archive says (default), whoever runs this, or these. */
  readonly owner?: 'archive' | 'self' | { readonly uid: number; readonly gid: number };
  /** Refuses to put a directory where something else is, or the reverse. Default: it replaces it. */
  readonly keepKinds?: boolean;
  /** Makes devices and FIFOs (default); otherwise they are left out. */
  readonly allowDevices?: boolean;
  /** Told of devices and FIFOs that are left out. */
  readonly onLeftOut?: (name: ByteString) => void;
  /** Leaves extended attributes out. */
  readonly stripXattrs?: boolean;
  readonly calls?: ExtraCalls;
}

/**
 * Writes an archive's members into a directory as a process would whose root that is: whatever the archive says, and whoever changes the
 * tree meanwhile, nothing outside is touched. What exists is replaced, but directories are merged. Synchronous, fed by `push`.
 */
export class TreeExtractor implements TarVisitor, Disposable {
  private readonly parser = new TarParser(this);
  private readonly root: RootedDirectory;
  private readonly target: ExtractTarget;
  private file: FileWriter | undefined;

  constructor(root: string, options: ExtractOptions = {}) {
    this.root = new RootedDirectory(bytesOfText(root));
    this.target = new ExtractTarget(this.root, options);
  }

  push(chunk: Uint8Array): void {
    this.parser.push(chunk);
  }

  /** The archive is complete: times of directories are set now. */
  end(): void {
    this.parser.end();
    this.target.finish();
  }

  entry(entry: TarEntry): void {
    this.attempt(entry, () => {
      const path = cleanName(entry.name);
      const linkName = entry.type === 'hardlink' ? cleanName(entry.linkName) : entry.linkName;
      this.file = this.target.place({ ...entry, name: path, linkName });
    });
  }

  data(piece: Buffer): void {
    this.file?.write(piece);
  }

  entryEnd(): void {
    this.file?.finish();
    this.file = undefined;
  }

  [Symbol.dispose](): void {
    if (this.file) closeSync(this.file.fd);
    this.target[Symbol.dispose]();
    this.root[Symbol.dispose]();
  }

  private attempt(entry: TarEntry, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw explain(entry, error);
    }
  }
}

/** What the archive is to blame for, and what the file system. */
function explain(entry: TarEntry, error: unknown): EngineError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = `cannot extract ${JSON.stringify(textOfBytes(entry.name))}: ${code || String(error)}`;
  const isArchive = [
    'ENAMETOOLONG',
    'EINVAL',
    'ELOOP',
    'ENOTDIR',
    'EISDIR',
    'ENOENT',
    'EFBIG',
    'EMLINK',
  ].includes(code);
  return isArchive ? invalid(text, error) : internal(text, error);
}

/** Extracts an archive as TreeExtractor does, on this thread; decompress it before. */
export async function extractTar(
  source: AsyncIterable<Uint8Array>,
  root: string,
  options: ExtractOptions = {},
): Promise<void> {
  using extractor = new TreeExtractor(root, options);
  for await (const chunk of source) extractor.push(chunk);
  extractor.end();
}
