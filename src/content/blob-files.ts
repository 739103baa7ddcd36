import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { bootId } from '../lib/boot-id.ts';
import { hasCode } from '../lib/errors.ts';
import { digestFromHex, hexOf, isDigest, type Digest } from '../oci/digest.ts';
import type { BlobInfo } from './types.ts';

/*
 * <content>/
 *   sha256/<hex>            a whole, verified blob
 *   ingest/<hex>.part       what has come of a blob whose digest is known; continued at its byte
 *   ingest/tmp-<random>     a blob whose digest is not known yet; gone after the next start
 *   unsynced/<hex>.<boot>   sha256/<hex> may not be on disk yet: after another boot it is but a part
 */
const PART_AGE_MS = 24 * 3600 * 1000;

/** The files of a content store: names and what the directory says of them. */
export class BlobFiles {
  private readonly blobs: string;
  private readonly parts: string;
  private readonly marks: string;

  constructor(root: string) {
    this.blobs = join(root, 'sha256');
    this.parts = join(root, 'ingest');
    this.marks = join(root, 'unsynced');
    for (const path of [this.blobs, this.parts, this.marks])
      mkdirSync(path, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.parts)) if (name.startsWith('tmp-')) rmSync(join(this.parts, name));
    for (const name of readdirSync(this.marks)) this.recover(name);
  }

  get directory(): string {
    return this.blobs;
  }

  blobPath(digest: Digest): string {
    return join(this.blobs, hexOf(digest));
  }

  partPath(digest: Digest | undefined): string {
    return join(this.parts, digest ? `${hexOf(digest)}.part` : `tmp-${randomBytes(8).toString('hex')}`);
  }

  /** Notes, before the blob gets its name, that it is not on disk for sure. */
  markUnsynced(digest: Digest): void {
    closeSync(openSync(this.markPath(digest, bootId()), 'w', 0o600));
  }

  setSynced(digest: Digest): void {
    rmSync(this.markPath(digest, bootId()), { force: true });
  }

  /** What an earlier engine of this boot did not bring to disk. */
  unsynced(): Digest[] {
    const ending = `.${bootId()}`;
    return readdirSync(this.marks)
      .filter((name) => name.endsWith(ending))
      .map((name) => digestFromHex(name.slice(0, -ending.length)));
  }

  stat(digest: Digest): BlobInfo | undefined {
    const stats = statSync(this.blobPath(digest), { throwIfNoEntry: false });
    return stats && { digest, size: stats.size };
  }

  diskUsage(digest: Digest): number {
    return (statSync(this.blobPath(digest), { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }

  *list(): Iterable<BlobInfo> {
    for (const name of readdirSync(this.blobs)) {
      const digest = `sha256:${name}`;
      const info = isDigest(digest) ? this.stat(digest) : undefined;
      if (info) yield info;
    }
  }

  private markPath(digest: Digest, boot: string): string {
    return join(this.marks, `${hexOf(digest)}.${boot}`);
  }

  /** After another boot than that in which it was marked. */
  private recover(mark: string): void {
    const [hex = '', boot] = mark.split('.');
    if (boot === bootId()) return;
    try {
      renameSync(join(this.blobs, hex), join(this.parts, `${hex}.part`));
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
    rmSync(join(this.marks, mark));
  }

  /** Deletes parts that nobody continued for a day; returns their bytes. */
  deleteOldParts(isInFlight: (path: string) => boolean): number {
    let freed = 0;
    for (const name of readdirSync(this.parts)) {
      const path = join(this.parts, name);
      const stats = statSync(path, { throwIfNoEntry: false });
      if (!stats || isInFlight(path) || Date.now() - stats.mtimeMs < PART_AGE_MS) continue;
      rmSync(path, { force: true });
      freed += stats.size;
    }
    return freed;
  }
}
