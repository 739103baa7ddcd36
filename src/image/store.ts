import type { DatabaseSync } from 'node:sqlite';
import { migrate, transaction } from '../lib/database.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { familiarName, parseReference, type Reference, repositoryOf } from '../oci/reference.ts';
import { BlobRecords, type LayerBlob } from './blob-records.ts';
import { parseConfig } from './documents.ts';
import { migrations, Statements } from './tables.ts';
import type { Image } from './types.ts';

export interface NewImage {
  readonly id: Digest;
  /** The document, byte for byte. */
  readonly config: Uint8Array;
  readonly size: number;
  readonly parent?: Digest | undefined;
  readonly manifest?: Descriptor | undefined;
  /** Tags and digests that point to it from now on. */
  readonly references?: readonly Reference[];
  readonly blobs?: readonly LayerBlob[];
}

interface Row {
  readonly config: Uint8Array;
  readonly size: number;
  readonly created: number;
  readonly parent: Digest | null;
  readonly manifest: string | null;
}

interface Named {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly image: Digest;
}

/** Image records: durable in the database, read from memory. Each change is one transaction. */
export class ImageStore {
  private readonly database: DatabaseSync;
  private readonly sql: Statements;
  readonly blobs: BlobRecords;
  private readonly images = new Map<Digest, Image>();
  /** Full names (`docker.io/library/x:1`, `docker.io/library/x@sha256:…`) to ids. */
  private readonly names = new Map<string, Digest>();
  /** How many images, retained ones too, have a layer. */
  private readonly layerUse = new Map<Digest, number>();

  constructor(database: DatabaseSync) {
    this.database = database;
    migrate(database, 'image', migrations);
    this.sql = new Statements(database);
    this.blobs = new BlobRecords(database);
    for (const row of this.sql.all<Named>('SELECT repository, tag, image FROM image_tags'))
      this.names.set(`${row.repository}:${row.tag}`, row.image);
    for (const row of this.sql.all<Named>('SELECT repository, digest, image FROM image_digests'))
      this.names.set(`${row.repository}@${row.digest}`, row.image);
    for (const row of this.sql.all<{ id: Digest }>('SELECT id FROM images WHERE retained = 0'))
      this.reload(row.id);
    for (const { diffIds } of this.retained()) this.countLayers(diffIds, 1);
  }

  /** Newest first. */
  list(): Image[] {
    return [...this.images.values()].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  }

  get(id: Digest): Image | undefined {
    return this.images.get(id);
  }

  /** The image that a name with tag or digest points to; of both, the digest decides. */
  named(reference: Reference): Image | undefined {
    const id = this.names.get(keyOf(reference));
    return id && this.images.get(id);
  }

  /** Ids that begin with these digits. */
  withPrefix(digits: string): Digest[] {
    return [...this.images.keys()].filter((id) => id.startsWith(`sha256:${digits}`));
  }

  /** Tags first, each kind in alphabetical order. */
  referencesOf(id: Digest): Reference[] {
    const tags = this.sql.all<Named>(
      'SELECT repository, tag FROM image_tags WHERE image = ? ORDER BY 1, 2',
      id,
    );
    const digests = this.sql.all<Named>(
      'SELECT repository, digest FROM image_digests WHERE image = ? ORDER BY 1, 2',
      id,
    );
    return [
      ...tags.map((row) => parseReference(`${row.repository}:${row.tag}`)),
      ...digests.map((row) => parseReference(`${row.repository}@${row.digest}`)),
    ];
  }

  /** The tags of one repository, in alphabetical order. */
  tagsOf(repository: string): { reference: Reference; id: Digest }[] {
    return this.sql
      .all<Named>('SELECT tag, image FROM image_tags WHERE repository = ? ORDER BY tag', repository)
      .map((row) => ({
        reference: parseReference(`${repository}:${row.tag}`),
        id: row.image,
      }));
  }

  childrenOf(id: Digest): Image[] {
    return [...this.images.values()].filter((image) => image.parent === id);
  }

  /** Records an image, or adds to the record that there is, and moves its references to it. */
  record(image: NewImage, created: Date): Image {
    const touched = new Set([image.id]);
    this.release(image.id);
    transaction(this.database, () => {
      this.sql.run(
        `INSERT INTO images (id, config, size, created, parent, manifest) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET size = excluded.size,
           parent = coalesce(excluded.parent, parent), manifest = coalesce(excluded.manifest, manifest)`,
        image.id,
        image.config,
        image.size,
        created.getTime(),
        image.parent ?? null,
        image.manifest ? JSON.stringify(image.manifest) : null,
      );
      for (const blob of image.blobs ?? []) this.blobs.add(blob);
      for (const reference of image.references ?? []) {
        const before = this.names.get(keyOf(reference));
        if (before) touched.add(before);
        this.point(reference, image.id);
      }
    });
    return this.after(touched, image.references ?? [], image.id);
  }

  /** Makes names point to an image that is recorded. */
  refer(references: readonly Reference[], id: Digest): Image {
    const touched = new Set([
      id,
      ...references.flatMap((reference) => this.names.get(keyOf(reference)) ?? []),
    ]);
    transaction(this.database, () => {
      for (const reference of references) this.point(reference, id);
    });
    return this.after(touched, references, id);
  }

  unrefer(references: readonly Reference[]): void {
    const touched = new Set(references.flatMap((reference) => this.names.get(keyOf(reference)) ?? []));
    transaction(this.database, () => {
      for (const { tag, digest, ...rest } of references) {
        const repository = repositoryOf(rest);
        if (digest !== undefined)
          this.sql.run('DELETE FROM image_digests WHERE repository = ? AND digest = ?', repository, digest);
        else this.sql.run('DELETE FROM image_tags WHERE repository = ? AND tag = ?', repository, tag ?? '');
      }
    });
    for (const reference of references) this.names.delete(keyOf(reference));
    for (const id of touched) this.reload(id);
  }

  setManifest(id: Digest, manifest: Descriptor): void {
    this.sql.run('UPDATE images SET manifest = ? WHERE id = ?', JSON.stringify(manifest), id);
    this.reload(id);
  }

  /** Forgets an image that nothing refers to any more. With `retain` its layers stay needed until `release`. */
  delete(id: Digest, retain: boolean): void {
    if (retain) this.sql.run('UPDATE images SET retained = 1, manifest = NULL WHERE id = ?', id);
    else this.sql.run('DELETE FROM images WHERE id = ?', id);
    const image = this.images.get(id);
    this.images.delete(id);
    if (image && !retain) this.countLayers(image.config.rootfs.diff_ids, -1);
  }

  /** Images whose layers are kept for a container only. */
  retained(): { id: Digest; diffIds: readonly Digest[] }[] {
    return this.sql
      .all<Row & { id: Digest }>('SELECT id, config FROM images WHERE retained = 1')
      .map((row) => ({
        id: row.id,
        diffIds: parseConfig(row.config, row.id).rootfs.diff_ids,
      }));
  }

  /** Lets go what was retained of a deleted image. */
  release(id: Digest): void {
    const retained = this.retained().find((image) => image.id === id);
    if (!retained) return;
    this.sql.run('DELETE FROM images WHERE id = ? AND retained = 1', id);
    this.countLayers(retained.diffIds, -1);
  }

  usesLayer(diffId: Digest): boolean {
    return this.layerUse.has(diffId);
  }

  /** All digests that references of images name. */
  referredDigests(): Digest[] {
    return this.sql.all<Named>('SELECT DISTINCT digest FROM image_digests').map((row) => row.digest);
  }

  private point(reference: Reference, id: Digest): void {
    const repository = repositoryOf(reference);
    if (reference.digest !== undefined)
      this.sql.run('INSERT OR REPLACE INTO image_digests VALUES (?, ?, ?)', repository, reference.digest, id);
    else
      this.sql.run(
        'INSERT OR REPLACE INTO image_tags VALUES (?, ?, ?)',
        repository,
        reference.tag ?? 'latest',
        id,
      );
  }

  private after(touched: Iterable<Digest>, references: readonly Reference[], id: Digest): Image {
    for (const reference of references) this.names.set(keyOf(reference), id);
    for (const each of touched) this.reload(each);
    return this.images.get(id) as Image;
  }

  private reload(id: Digest): void {
    const [row] = this.sql.all<Row>('SELECT * FROM images WHERE id = ? AND retained = 0', id);
    if (!row) return;
    const image = this.imageOf(id, row);
    if (!this.images.has(id)) this.countLayers(image.config.rootfs.diff_ids, 1);
    this.images.set(id, image);
  }

  private countLayers(diffIds: readonly Digest[], by: 1 | -1): void {
    for (const diffId of diffIds) {
      const count = (this.layerUse.get(diffId) ?? 0) + by;
      if (count > 0) this.layerUse.set(diffId, count);
      else this.layerUse.delete(diffId);
    }
  }

  private imageOf(id: Digest, row: Row): Image {
    const references = this.referencesOf(id);
    const config = this.images.get(id)?.config ?? parseConfig(row.config, id);
    return {
      id,
      config,
      size: row.size,
      createdAt: new Date(row.created),
      tags: references.filter(({ digest }) => digest === undefined).map(familiarName),
      digests: references.filter(({ digest }) => digest !== undefined).map(familiarName),
      ...(row.parent !== null && { parent: row.parent }),
      ...(row.manifest !== null && { manifest: JSON.parse(row.manifest) as Descriptor }),
    };
  }
}

/** Of a name with tag and digest the digest decides, as in Docker. */
const keyOf = (reference: Reference): string =>
  reference.digest === undefined
    ? `${repositoryOf(reference)}:${reference.tag ?? 'latest'}`
    : `${repositoryOf(reference)}@${reference.digest}`;
