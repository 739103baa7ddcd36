import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { makeEntry, type TarEntry } from '../../lib/tar/entry.ts';
import { writeTar } from '../../lib/tar/write.ts';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { openSnapshotter, type OverlaySnapshotter } from '../overlay-snapshotter.ts';

/** A member of a test layer; the body as text. */
export type Member = Partial<TarEntry> & { readonly name: string; readonly body?: string };

export const file = (name: string, body = 'content'): Member => ({ name, body });
export const dir = (name: string): Member => ({ name, type: 'directory' });
export const symlink = (name: string, linkName: string): Member => ({ name, type: 'symlink', linkName });
export const hardLink = (name: string, linkName: string): Member => ({ name, type: 'hardlink', linkName });
export const device = (name: string, major: number, minor: number): Member => ({
  name,
  type: 'character',
  device: { major, minor },
});

export async function archiveOf(members: readonly Member[]): Promise<Buffer> {
  const written = members.map(({ body = '', ...entry }) => ({
    entry: makeEntry({ size: body.length, ...entry }),
    body: Buffer.from(body, 'latin1'),
  }));
  return Buffer.concat(await Array.fromAsync(writeTar(written)));
}

/** A snapshotter in a directory of its own, which goes with everything mounted in it when the test file ends. */
export class TestStore {
  readonly root: string;
  snapshotter: OverlaySnapshotter;
  private count = 0;

  constructor(name = 'snapshot-test-') {
    this.root = mkdtempSync(join(tmpdir(), name));
    this.snapshotter = this.reopen();
    after(async () => {
      await this.snapshotter.recover(() => false);
      await this.snapshotter.close();
      rmSync(this.root, { recursive: true, force: true });
    });
  }

  /** As after a restart of the engine. */
  reopen(): OverlaySnapshotter {
    this.snapshotter = openSnapshotter({
      layersDir: join(this.root, 'layers'),
      snapshotsDir: join(this.root, 'snapshots'),
    });
    return this.snapshotter;
  }

  write(bytes: Uint8Array): string {
    const path = join(this.root, `archive-${++this.count}`);
    writeFileSync(path, bytes);
    return path;
  }

  /** Applies a layer of these members; returns its directory. */
  async apply(...members: Member[]): Promise<{ diffId: Digest; path: string; size: number }> {
    const archive = await archiveOf(members);
    const diffId = digestOf(archive);
    const { size } = await this.snapshotter.apply({ path: this.write(archive), diffId });
    return { diffId, size, path: this.snapshotter.layerPath(diffId) };
  }
}
