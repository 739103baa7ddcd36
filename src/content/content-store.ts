import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hasCode, internal, invalid, notFound } from '../lib/errors.ts';
import { Growth } from '../lib/growth.ts';
import { KeyedLock } from '../lib/keyed-lock.ts';
import { digestOf, type Digest } from '../oci/digest.ts';
import { BlobFiles } from './blob-files.ts';
import { BlobSync } from './blob-sync.ts';
import { PartFile } from './part-file.ts';
import { PartWriter } from './part-writer.ts';
import type { BlobInfo, ContentStore } from './types.ts';

type Expected = { readonly digest?: Digest; readonly size?: number };
type Source = Parameters<ContentStore['ingest']>[1];
type IngestOptions = NonNullable<Parameters<ContentStore['ingest']>[2]>;

const SMALL = 8 << 20;

export function openContentStore(dir: string): ContentStore {
  return new FileContentStore(dir);
}

/** Blobs as files named by their digest. */
class FileContentStore implements ContentStore {
  private readonly files: BlobFiles;
  private readonly locks = new KeyedLock();
  private readonly inFlight = new Set<string>();
  private readonly sync: BlobSync;
  private leases = 0;

  constructor(dir: string) {
    this.files = new BlobFiles(dir);
    this.sync = new BlobSync(this.files);
  }

  pathOf(digest: Digest): string {
    this.require(digest);
    return this.files.blobPath(digest);
  }

  stat(digest: Digest): BlobInfo | undefined {
    return this.files.stat(digest);
  }

  diskUsage(digest: Digest): number {
    return this.files.diskUsage(digest);
  }

  async read(digest: Digest, limit = SMALL): Promise<Buffer> {
    const { size } = this.require(digest);
    if (size > limit) throw invalid(`blob ${digest} is ${size} bytes large, more than the ${limit} expected`);
    try {
      return await readFile(this.files.blobPath(digest));
    } catch (error) {
      throw hasCode(error, 'ENOENT') ? missing(digest) : error;
    }
  }

  put(content: Uint8Array): Promise<BlobInfo> {
    const expected = { digest: digestOf(content), size: content.length };
    return this.ingest(expected, async function* (offset) {
      yield content.subarray(offset);
    });
  }

  async ingest(expected: Expected, source: Source, options: IngestOptions = {}): Promise<BlobInfo> {
    using _lease = this.lease();
    if (!expected.digest) return this.receive(expected, source, options);
    const { digest } = expected;
    return this.locks.run(digest, async () => {
      const known = this.files.stat(digest);
      if (!known) return this.receive(expected, source, options);
      if (expected.size !== undefined && known.size !== expected.size) throw wrongSize(expected, known.size);
      return known;
    });
  }

  list(): Iterable<BlobInfo> {
    return this.files.list();
  }

  delete(digest: Digest): void {
    rmSync(this.files.blobPath(digest), { force: true });
    this.sync.forget(digest);
  }

  lease(): Disposable {
    this.leases += 1;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.leases -= 1;
        isHeld = false;
      },
    };
  }

  collect(isReferenced: (digest: Digest) => boolean): number {
    if (this.leases > 0) return 0;
    let freed = this.files.deleteOldParts((path) => this.inFlight.has(path));
    for (const { digest, size } of this.list()) {
      if (isReferenced(digest)) continue;
      this.delete(digest);
      freed += size;
    }
    return freed;
  }

  private async receive(expected: Expected, source: Source, options: IngestOptions): Promise<BlobInfo> {
    const path = this.files.partPath(expected.digest);
    this.inFlight.add(path);
    try {
      const first = await this.attempt(path, expected, source, options);
      return first ?? (await this.attempt(path, expected, source, options)) ?? unverified(expected);
    } finally {
      this.inFlight.delete(path);
    }
  }

  /** Undefined when what was continued proves wrong: it is gone then, and the next attempt starts at the first byte. */
  private async attempt(
    path: string,
    expected: Expected,
    source: Source,
    options: IngestOptions,
  ): Promise<BlobInfo | undefined> {
    await using part = await PartFile.open(path, options);
    const isContinued = part.size > 0;
    if (!expected.digest) part.discard();
    try {
      const digest =
        options.reader && !expected.digest
          ? await fillRead(part, path, expected, source, options, options.reader)
          : verify(await fill(part, expected, source, options), expected);
      if (options.soon) this.sync.add(digest);
      await part.publish(this.files.blobPath(digest), { sync: !options.soon });
      return { digest, size: part.size };
    } catch (error) {
      if (isContinued && part.isDiscarded) return undefined;
      throw error;
    }
  }

  private require(digest: Digest): BlobInfo {
    const info = this.files.stat(digest);
    if (!info) throw missing(digest);
    return info;
  }
}

async function fill(
  part: PartFile,
  expected: Expected,
  source: Source,
  { signal, onBytes }: IngestOptions,
  growth?: Growth,
): Promise<PartFile> {
  const limit = expected.size ?? Infinity;
  const writer = new PartWriter(part, (size) => growth?.advance(size));
  try {
    if (part.size < limit) {
      for await (const chunk of await source(part.size)) {
        signal?.throwIfAborted();
        if (writer.size + chunk.length > limit) {
          part.discard();
          throw wrongSize(expected, writer.size + chunk.length, 'or more');
        }
        await writer.write(chunk);
        onBytes?.(writer.size);
      }
    }
    signal?.throwIfAborted();
  } finally {
    await writer.end(); // also what came before a source broke
  }
  return part;
}

/** While the part is filled somebody reads it, and tells its digest. */
async function fillRead(
  part: PartFile,
  path: string,
  expected: Expected,
  source: Source,
  options: IngestOptions,
  reader: NonNullable<IngestOptions['reader']>,
): Promise<Digest> {
  const growth = new Growth();
  part.skipHash();
  const reading = reader({ path, growth: growth.shared }).catch(() => undefined);
  try {
    await fill(part, expected, source, options, growth);
    if (expected.size !== undefined && part.size !== expected.size) throw wrongSize(expected, part.size);
    growth.end();
  } catch (error) {
    growth.break();
    await reading;
    throw error;
  }
  const digest = await reading;
  options.signal?.throwIfAborted();
  if (digest) return digest;
  await part.rehash();
  return verify(part, expected);
}

/** The digest of what came, when it is what was expected. */
function verify(part: PartFile, expected: Expected): Digest {
  const isWrongSize = expected.size !== undefined && part.size !== expected.size;
  const digest = part.digest();
  const isWrong = expected.digest !== undefined && digest !== expected.digest;
  if (isWrongSize || isWrong) part.discard();
  if (isWrongSize) throw wrongSize(expected, part.size);
  if (isWrong) throw invalid(`wrong content: want ${expected.digest}, got ${digest} (${part.size} bytes)`);
  return digest;
}

const wrongSize = ({ digest, size }: Expected, got: number, more = ''): Error =>
  invalid(`wrong size of ${digest ?? 'content'}: want ${size} bytes, got ${got}${more && ` ${more}`}`);

const unverified = ({ digest }: Expected): never => {
  throw internal(`content ${digest} was continued twice`);
};

const missing = (digest: Digest): Error => notFound(`content ${digest} does not exist`);
