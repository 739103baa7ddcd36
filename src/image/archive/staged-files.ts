import { dirname, join } from 'node:path/posix';
import type { BlobInfo, ContentStore } from '../../content/types.ts';
import { EngineError, invalid, messageOf } from '../../lib/errors.ts';
import { textOfBytes } from '../../lib/byte-string.ts';
import { type Digest, isDigest } from '../../oci/digest.ts';
import { type Member, readMembers } from './members.ts';

type Staged = { kind: 'file'; blob: BlobInfo } | { kind: 'link'; target: string };

const MAX_MEMBERS = 100_000;
const MAX_LINKS = 16;
/** As for manifests of a registry. */
const MAX_DOCUMENT = 4 << 20;

/** Every error about an image archive begins so and names the file in it. */
export const badArchive = (place: string, what: string, cause?: unknown): EngineError =>
  invalid(`invalid image archive: ${place}: ${what}`, cause);

/**
 * The files of an image archive by name. Their content goes into the content store as it is read; names and links are resolved
 * in memory only, so no name in an archive can reach a path of the host.
 */
export class StagedFiles {
  private readonly files = new Map<string, Staged>();
  private readonly content: ContentStore;

  private constructor(content: ContentStore) {
    this.content = content;
  }

  static async read(
    content: ContentStore,
    archive: AsyncIterable<Uint8Array>,
    { signal, onFile }: { signal?: AbortSignal | undefined; onFile?: (blob: BlobInfo) => void },
  ): Promise<StagedFiles> {
    const staged = new StagedFiles(content);
    let count = 0;
    for await (const member of readMembers(archive)) {
      signal?.throwIfAborted();
      count += 1;
      if (count > MAX_MEMBERS) throw invalid(`invalid image archive: more than ${MAX_MEMBERS} files`);
      const blob = await staged.add(member, signal);
      if (blob) onFile?.(blob);
    }
    return staged;
  }

  has(path: string): boolean {
    return this.files.has(path);
  }

  /** The blob of a file, links followed. `from` is the document that names it. */
  blob(path: string, from: string): BlobInfo {
    let at = cleanName(path, from);
    for (let links = 0; links < MAX_LINKS; links += 1) {
      const staged = this.files.get(at);
      if (!staged) throw badArchive(path, `missing (named by ${from})`);
      if (staged.kind === 'file') return staged.blob;
      at = staged.target;
    }
    throw badArchive(path, 'too many links');
  }

  /** The blob with a digest, in the place that the OCI image layout gives it. */
  blobOf(digest: Digest, from: string): BlobInfo {
    return this.blob(pathOf(digest), from);
  }

  async document(path: string, from: string): Promise<Buffer> {
    const { digest, size } = this.blob(path, from);
    if (size > MAX_DOCUMENT) throw badArchive(path, `larger than ${MAX_DOCUMENT} bytes`);
    return this.content.read(digest, MAX_DOCUMENT);
  }

  private async add({ entry, body }: Member, signal: AbortSignal | undefined): Promise<BlobInfo | undefined> {
    const name = cleanName(textOfBytes(entry.name), 'the archive');
    if (entry.type === 'file' && !entry.sparse) {
      const blob = await this.ingest(name, entry.size, body, signal);
      this.files.set(name, { kind: 'file', blob });
      return blob;
    }
    if (entry.type === 'symlink') {
      const target = join(dirname(name), textOfBytes(entry.linkName));
      this.files.set(name, { kind: 'link', target: cleanName(target, name) });
    } else if (entry.type === 'hardlink') {
      this.files.set(name, { kind: 'link', target: cleanName(textOfBytes(entry.linkName), name) });
    }
    return undefined;
  }

  private async ingest(
    name: string,
    size: number,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<BlobInfo> {
    const stated = digestIn(name);
    const known = stated && this.content.stat(stated);
    if (known?.size === size) return known; // the store verified it when it came
    const blob = await this.content.ingest({ size }, () => body, signal ? { signal } : {});
    if (stated && stated !== blob.digest) throw badArchive(name, `its content has digest ${blob.digest}`);
    return blob;
  }
}

export const pathOf = (digest: Digest): string => `blobs/${digest.replace(':', '/')}`;

/** The digest that a name in the blobs of an OCI layout promises. */
function digestIn(name: string): Digest | undefined {
  const [, algorithm, encoded] = /^blobs\/([^/]+)\/([^/]+)$/.exec(name) ?? [];
  if (algorithm === undefined) return undefined;
  const digest = `${algorithm}:${encoded}`;
  if (!isDigest(digest)) throw badArchive(name, 'no sha256 digest');
  return digest;
}

/** A name as paths inside the archive are compared: relative, without `.` and doubled slashes. `..` is refused. */
function cleanName(name: string, from: string): string {
  const shown = JSON.stringify(name.slice(0, 200));
  if (name.startsWith('/')) throw badArchive(shown, `absolute path in ${from}`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw badArchive(shown, `path in ${from} leads out of the archive`);
  return parts.join('/');
}

/** Puts the place in front of what a parser found wrong. */
export function within<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'invalid')
      throw badArchive(place, messageOf(error), error);
    throw error;
  }
}
