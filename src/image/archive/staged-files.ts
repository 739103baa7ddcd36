import { dirname, join } from 'node:path/posix';
import type { BlobInfo, ContentStore, GrowingPart } from '../../content/types.ts';
import { EngineError, invalid, messageOf } from '../../lib/errors.ts';
import { textOfBytes } from '../../lib/byte-string.ts';
import { BLOCK } from '../../lib/tar/entry.ts';
import { type Digest, isDigest } from '../../oci/digest.ts';
import { peek } from './decompress.ts';
import { type Member, readMembers } from './members.ts';

type Staged = { kind: 'file'; blob: BlobInfo } | { kind: 'link'; target: string };

interface StageOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onFile?: (blob: BlobInfo) => void;
  /** Asked for each file by its first block; gives what reads it while it comes, if anybody wants to. */
  readonly follow?: (file: {
    head: Buffer;
    size: number;
    digest: Digest | undefined;
  }) => ((part: GrowingPart) => Promise<Digest>) | undefined;
}

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
  private readonly follow: StageOptions['follow'];
  /** Files that have come, but are still being read by who follows them. */
  private readonly pending: Promise<void>[] = [];

  private constructor(content: ContentStore, follow: StageOptions['follow']) {
    this.content = content;
    this.follow = follow;
  }

  static async read(
    content: ContentStore,
    archive: AsyncIterable<Uint8Array>,
    { signal, onFile, follow }: StageOptions,
  ): Promise<StagedFiles> {
    const staged = new StagedFiles(content, follow);
    let count = 0;
    try {
      for await (const member of readMembers(archive)) {
        signal?.throwIfAborted();
        count += 1;
        if (count > MAX_MEMBERS) throw invalid(`invalid image archive: more than ${MAX_MEMBERS} files`);
        const blob = await staged.add(member, signal);
        if (blob) onFile?.(blob);
      }
      await Promise.all(staged.pending);
      return staged;
    } finally {
      await Promise.allSettled(staged.pending);
    }
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
      return this.ingest(name, entry.size, body, signal);
    }
    if (entry.type === 'symlink') {
      const target = join(dirname(name), textOfBytes(entry.linkName));
      this.files.set(name, { kind: 'link', target: cleanName(target, name) });
    } else if (entry.type === 'hardlink') {
      this.files.set(name, { kind: 'link', target: cleanName(textOfBytes(entry.linkName), name) });
    }
    return undefined;
  }

  /** Undefined when somebody follows the file. */
  private async ingest(
    name: string,
    size: number,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<BlobInfo | undefined> {
    const stated = digestIn(name);
    const known = stated && this.content.stat(stated);
    if (known?.size === size) return this.set(name, known, stated); // the store verified it when it came
    const { head, rest } = await peek(body, BLOCK);
    const reader = this.follow?.({ head, size, digest: stated });
    const options = { soon: true, ...(signal && { signal }) };
    if (!reader) return this.set(name, await this.content.ingest({ size }, () => rest, options), stated);
    const { promise: hasCome, resolve } = Promise.withResolvers<void>();
    const blob = this.content.ingest({ size }, () => tellingEnd(rest, resolve), { ...options, reader });
    const staged = blob.then((it) => void this.set(name, it, stated));
    staged.catch(() => {}); // told when all has come
    this.pending.push(staged);
    await Promise.race([hasCome, staged]);
    return undefined;
  }

  private set(name: string, blob: BlobInfo, stated: Digest | undefined): BlobInfo {
    if (stated && stated !== blob.digest) throw badArchive(name, `its content has digest ${blob.digest}`);
    this.files.set(name, { kind: 'file', blob });
    return blob;
  }
}

async function* tellingEnd(body: AsyncIterable<Uint8Array>, tell: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    tell();
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
