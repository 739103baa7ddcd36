import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../lib/atomic-file.ts';
import { hasCode } from '../lib/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobFiles } from './blob-files.ts';

const DELAY_MS = 1000;

/** Brings blobs to disk a moment after they came, one after the other, so that nobody waits for it. */
export class BlobSync {
  private readonly files: BlobFiles;
  private readonly waiting: Set<Digest>;
  private timer: NodeJS.Timeout | undefined;
  private isRunning = false;

  constructor(files: BlobFiles) {
    this.files = files;
    this.waiting = new Set(files.unsynced());
    this.schedule();
  }

  /** To be called before the blob gets its name. */
  add(digest: Digest): void {
    this.files.markUnsynced(digest);
    this.waiting.add(digest);
    this.schedule();
  }

  forget(digest: Digest): void {
    if (this.waiting.delete(digest)) this.files.setSynced(digest);
  }

  private schedule(): void {
    if (this.isRunning || this.waiting.size === 0) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), DELAY_MS).unref();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    const failed = new Set<Digest>();
    for (const digest of this.waiting) {
      if (await this.sync(digest)) this.forget(digest);
      else failed.add(digest);
      this.waiting.delete(digest);
    }
    this.isRunning = false;
    for (const digest of failed) this.waiting.add(digest); // the disk may be full or broken: tried again with the next one
  }

  /** Whether it is on disk, or gone. */
  private async sync(digest: Digest): Promise<boolean> {
    const path = this.files.blobPath(digest);
    try {
      await using file = await open(path);
      await file.sync();
      syncDirectory(dirname(path));
      return true;
    } catch (error) {
      return hasCode(error, 'ENOENT');
    }
  }
}
