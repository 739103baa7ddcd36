import { createHash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../lib/atomic-file.ts';
import { digestFromHex, type Digest } from '../oci/digest.ts';

const CHUNK = 1 << 20;

/** A blob that is being written: what was there of an earlier attempt is hashed first, then every chunk as it comes. */
export class PartFile implements AsyncDisposable {
  private readonly path: string;
  private readonly file: FileHandle;
  private hash = createHash('sha256');
  private isHashed = true;
  /** Nothing of it will be kept. */
  isDiscarded = false;
  /** Bytes so far. */
  size = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.file = file;
  }

  static async open(path: string, options: { signal?: AbortSignal } = {}): Promise<PartFile> {
    const part = new PartFile(path, await open(path, 'a+', 0o600));
    try {
      await part.readBack(options.signal);
      return part;
    } catch (error) {
      await part.file.close();
      throw error;
    }
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.isHashed) for (const chunk of chunks) this.hash.update(chunk);
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const { bytesWritten } = await this.file.writev(chunks);
    if (bytesWritten < length) {
      const rest = Buffer.concat(chunks).subarray(bytesWritten);
      for (let at = 0; at < rest.length;) at += (await this.file.write(rest, at)).bytesWritten;
    }
    this.size += length;
  }

  /** Leaves hashing what is written to somebody else. */
  skipHash(): void {
    this.isHashed = false;
  }

  /** Hashes what was written so far after all. */
  async rehash(): Promise<void> {
    this.hash = createHash('sha256');
    this.size = 0;
    await this.readBack(undefined);
  }

  /** Ends the hash. */
  digest(): Digest {
    return digestFromHex(this.hash.digest('hex'));
  }

  /** Makes it durable, if asked for, then visible under its final name. */
  async publish(target: string, { sync }: { sync: boolean }): Promise<void> {
    if (sync) await this.file.sync();
    await rename(this.path, target);
    if (sync) syncDirectory(dirname(target));
  }

  discard(): void {
    this.isDiscarded = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
    if (this.isDiscarded) await rm(this.path, { force: true });
  }

  private async readBack(signal: AbortSignal | undefined): Promise<void> {
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await this.file.read(buffer, 0, CHUNK, this.size);
      if (bytesRead === 0) return;
      this.hash.update(buffer.subarray(0, bytesRead));
      this.size += bytesRead;
    }
  }
}
