import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { spreadDirectories } from '../../kernel/spread.ts';
import { exec } from '../../lib/exec.ts';
import { type StoredDirectory, storedDirectories } from '../stored-directory.ts';
import type { ReceivedContext } from '../types.ts';
import { KeptContext } from './kept-context.ts';
import { receiveArchive } from './receive-archive.ts';
import type { OfferedFiles } from './receive-offered.ts';

export interface ReceiveOptions {
  /** What is built, such as its first tag: the next context of the same is compared with this one. */
  readonly lineage: string;
  /** Name of the Dockerfile in the context, as the client says. */
  readonly dockerfile?: string;
  readonly signal?: AbortSignal;
}

/** Contexts that clients sent, kept so that of the next one only what changed has to be written. */
export class ContextStore {
  private readonly root: string;
  private readonly inUse = new Set<string>();

  constructor(root: string) {
    this.root = root;
    mkdirSync(root, { recursive: true, mode: 0o700 });
    spreadDirectories(root);
  }

  receive(archive: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<ReceivedContext> {
    return this.update(options.lineage, (kept) =>
      kept.change((tree) => receiveArchive(archive, tree, options)),
    );
  }

  /** Asks only for the contents of files that are not there already. */
  receiveFiles(files: OfferedFiles, lineage: string): Promise<ReceivedContext> {
    return this.update(lineage, async (kept) => {
      await kept.receive(files);
      return undefined;
    });
  }

  /** Brings the directory of a lineage in line; `fill` returns the Dockerfile that came beside the files, if any. */
  private async update(
    lineage: string,
    fill: (kept: KeptContext) => Promise<string | undefined>,
  ): Promise<ReceivedContext> {
    const name = this.take(lineage);
    const release = (): void => this.release(name);
    const kept = new KeptContext(join(this.root, name));
    try {
      const dockerfile = await fill(kept);
      return {
        directory: kept.tree,
        ...(dockerfile !== undefined && { dockerfile }),
        [Symbol.dispose]: release,
      };
    } catch (error) {
      kept.removePartial(); // the disk may be full
      release();
      throw error;
    }
  }

  list(): StoredDirectory[] {
    return storedDirectories(this.root, (path) => this.inUse.has(basename(path)));
  }

  /** Removes a context that nobody uses. Returns the bytes freed. */
  async discard(name: string): Promise<number> {
    if (this.inUse.has(name)) return 0;
    this.inUse.add(name); // a build that begins now takes another one
    try {
      return await this.remove(name);
    } finally {
      this.inUse.delete(name);
    }
  }

  private async remove(name: string): Promise<number> {
    const path = join(this.root, name);
    const { stdout } = await exec('du', ['-s', '--block-size=1', '--', path]);
    rmSync(join(path, 'digests.txt'), { force: true });
    await exec('rm', ['-rf', '--one-file-system', '--', path]);
    return Number.parseInt(stdout, 10) || 0;
  }

  /** A directory of this lineage that nobody uses now. */
  private take(lineage: string): string {
    const name = createHash('sha256').update(lineage).digest('hex').slice(0, 24);
    for (let number = 0; ; number += 1) {
      const candidate = number === 0 ? name : `${name}-${number}`;
      if (this.inUse.has(candidate)) continue;
      this.inUse.add(candidate);
      return candidate;
    }
  }

  private release(name: string): void {
    const now = Date.now() / 1000;
    utimesSync(join(this.root, name), now, now);
    this.inUse.delete(name);
  }
}
