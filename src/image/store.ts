import type { DatabaseSync } from 'node:sqlite';
import { migrate, transaction } from '../lib/database.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { familiarName, type Reference } from '../oci/reference.ts';
import { BlobRecords, type LayerBlob } from './blob-records.ts';
import { bestPlatform } from './choose-platform.ts';
import { parseConfig } from './documents.ts';
import { type GivenIndex, type IndexRecord, IndexRecords } from './index-records.ts';
import { type Meaning, NameRecords } from './name-records.ts';
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
  /** The index by which it came: its references mean the index from now on, and the image in it that runs here best. */
  readonly index?: GivenIndex | undefined;
  /** When a user gave it these references. */
  readonly tagged?: Date | undefined;
}

interface Row {
  readonly config: Uint8Array;
  readonly size: number;
  readonly created: number;
  readonly parent: Digest | null;
  readonly manifest: string | null;
  readonly tagged: number | null;
}

/** Image records: durable in the database, read from memory. Each change is one transaction. */
export class ImageStore {
  private readonly database: DatabaseSync;
  private readonly sql: Statements;
  readonly blobs: BlobRecords;
  readonly indexes: IndexRecords;
  private readonly images = new Map<Digest, Image>();
  private readonly names: NameRecords;
  /** How many images, retained ones too, have a layer. */
  private readonly layerUse = new Map<Digest, number>();

  constructor(database: DatabaseSync) {
    this.database = database;
    migrate(database, 'image', migrations);
    this.sql = new Statements(database);
    this.blobs = new BlobRecords(database);
    this.indexes = new IndexRecords(database);
    this.names = new NameRecords(database, (digest) => this.indexes.get(digest) !== undefined);
    for (const row of this.sql.all<{ id: Digest }>('SELECT id FROM images WHERE retained = 0'))
      this.reload(row.id);
    for (const { diffIds } of this.retained()) this.countLayers(diffIds, 1);
  }

  /** Newest first, without those that are further platforms of another one. */
  list(): Image[] {
    return this.all()
      .filter((image) => !this.isVariant(image))
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  }

  all(): Image[] {
    return [...this.images.values()];
  }

  /** Whether an image has no name but as a further platform of one that has. */
  isVariant(image: Image): boolean {
    return isNameless(image) && this.indexes.of(image.id).some((index) => this.isNamed(index));
  }

  /** The images without a name that are further platforms of this one. */
  variantsOf(image: Image): Image[] {
    const ids = new Set(this.indexes.of(image.id).flatMap(({ variants }) => [...variants.keys()]));
    ids.delete(image.id);
    return [...ids].flatMap((id) => this.images.get(id) ?? []).filter(isNameless);
  }

  get(id: Digest): Image | undefined {
    return this.images.get(id);
  }

  /** The image that a name with tag or digest points to; of both, the digest decides. */
  named(reference: Reference): Image | undefined {
    const meaning = this.names.meaning(reference);
    return meaning && this.images.get(meaning.image);
  }

  /** The index that a name means, if it means one. */
  indexNamed(reference: Reference): IndexRecord | undefined {
    return this.indexes.get(this.names.meaning(reference)?.index);
  }

  /** Ids that begin with these digits. */
  withPrefix(digits: string): Digest[] {
    return [...this.images.keys()].filter((id) => id.startsWith(`sha256:${digits}`));
  }

  /** Tags first, each kind in alphabetical order. */
  referencesOf(id: Digest): Reference[] {
    return this.names.of(id);
  }

  /** The tags of one repository, in alphabetical order. */
  tagsOf(repository: string): { reference: Reference; id: Digest }[] {
    return this.names.tagsOf(repository);
  }

  childrenOf(id: Digest): Image[] {
    return [...this.images.values()].filter((image) => image.parent === id);
  }

  /** Records an image, or adds to the record that there is, and moves its references to it. */
  record(image: NewImage, created: Date): Image {
    this.release(image.id);
    transaction(this.database, () => {
      this.sql.run(
        `INSERT INTO images (id, config, size, created, parent, manifest, tagged) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET size = excluded.size,
           parent = coalesce(excluded.parent, parent), manifest = coalesce(excluded.manifest, manifest),
           tagged = coalesce(excluded.tagged, tagged)`,
        image.id,
        image.config,
        image.size,
        created.getTime(),
        image.parent ?? null,
        image.manifest ? JSON.stringify(image.manifest) : null,
        image.tagged?.getTime() ?? null,
      );
      for (const blob of image.blobs ?? []) this.blobs.add(blob);
      if (image.index) this.indexes.add(image.id, image.index);
      this.point(image.references ?? [], { image: image.id, index: image.index?.descriptor.digest });
      if (image.index) this.repoint(image.index.descriptor.digest, image.id);
      if (image.index) this.forgetSuperseded(image.id, image.index.descriptor.digest);
    });
    return this.images.get(image.id) as Image;
  }

  /** Makes names point to an image that is recorded, and to the index that it stands for. */
  refer(
    references: readonly Reference[],
    to: { id: Digest; index?: Digest | undefined; tagged?: Date },
  ): Image {
    transaction(this.database, () => {
      if (to.tagged) this.sql.run('UPDATE images SET tagged = ? WHERE id = ?', to.tagged.getTime(), to.id);
      this.point(references, { image: to.id, index: to.index });
    });
    return this.images.get(to.id) as Image;
  }

  unrefer(references: readonly Reference[]): void {
    const touched = references.flatMap((reference) => this.names.meaning(reference)?.image ?? []);
    transaction(this.database, () => {
      for (const reference of references) this.names.delete(reference);
    });
    this.reloadAll(touched);
  }

  setManifest(id: Digest, manifest: Descriptor): void {
    this.sql.run('UPDATE images SET manifest = ? WHERE id = ?', JSON.stringify(manifest), id);
    this.reload(id);
  }

  /** Forgets an image that nothing refers to any more. With `retain` its layers stay needed until `release`. */
  delete(id: Digest, retain: boolean): void {
    const indexes = this.indexes.of(id).map(({ descriptor }) => descriptor.digest);
    transaction(this.database, () => {
      this.indexes.drop(id);
      for (const index of indexes) this.repoint(index);
      if (retain) this.sql.run('UPDATE images SET retained = 1, manifest = NULL WHERE id = ?', id);
      else this.sql.run('DELETE FROM images WHERE id = ?', id);
    });
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
    return this.names.digests();
  }

  private point(references: readonly Reference[], { image, index }: Meaning): void {
    const before = references.flatMap((reference) => {
      const { digest } = reference;
      const meant = digest === undefined ? index : this.indexes.get(digest)?.descriptor.digest;
      return this.names.set(reference, { image, index: meant }) ?? [];
    });
    this.reloadAll([image, ...before]);
  }

  /** Lets the names of an index mean the image in it that runs here best, else the newest. */
  private repoint(index: Digest, newest?: Digest): void {
    const images = [...(this.indexes.get(index)?.variants.keys() ?? [])].flatMap(
      (id) => this.images.get(id) ?? [],
    );
    const best =
      bestPlatform(images, ({ config }) => config) ?? images.find(({ id }) => id === newest) ?? images.at(-1);
    if (best) this.reloadAll([best.id, ...this.names.move(index, best.id)]);
  }

  /** Forgets indexes without a name all of whose images have come to be in others: an equal build made them anew with other statements. */
  private forgetSuperseded(image: Digest, current: Digest): void {
    for (const { descriptor, variants } of this.indexes.of(image)) {
      const { digest } = descriptor;
      if (digest === current || this.names.isMeant(digest)) continue;
      const isElsewhere = variants.keys().every((id) => this.indexes.of(id).length > 1);
      if (!isElsewhere) continue;
      const ids = [...variants.keys()];
      this.indexes.forget(digest);
      this.reloadAll(ids);
    }
  }

  /** Whether one of its images has a name. */
  private isNamed({ variants }: IndexRecord): boolean {
    return variants.keys().some((id) => !isNameless(this.images.get(id)));
  }

  private reloadAll(ids: readonly Digest[]): void {
    for (const id of new Set(ids)) this.reload(id);
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
    const index = this.indexFor(id, references);
    return {
      id,
      config,
      size: row.size,
      createdAt: new Date(row.created),
      tags: references.filter(({ digest }) => digest === undefined).map(familiarName),
      digests: references.filter(({ digest }) => digest !== undefined).map(familiarName),
      ...(row.parent !== null && { parent: row.parent }),
      ...(row.manifest !== null && { manifest: JSON.parse(row.manifest) as Descriptor }),
      ...(row.tagged !== null && { lastTaggedAt: new Date(row.tagged) }),
      ...(index && { index }),
    };
  }

  /** The index that the first of its names means; of an image without names any that it belongs to. */
  private indexFor(id: Digest, references: readonly Reference[]): Descriptor | undefined {
    const named = references.map((reference) => this.indexNamed(reference));
    const found = references.length > 0 ? named.find(Boolean) : this.indexes.of(id).at(-1);
    return found?.descriptor;
  }
}

const isNameless = (image: Image | undefined): boolean =>
  !image || image.tags.length + image.digests.length === 0;
