import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { migrate, transaction } from '../lib/database.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { familiarName, parseReference, type Reference, repositoryOf } from '../oci/reference.ts';
import { parseConfig } from './documents.ts';
import type { Image } from './types.ts';

/*
 * images         one row per image; `retained` = deleted by force while a container still used its layers
 * image_tags     repository:tag -> image
 * image_digests  repository@digest -> image, of what was pulled or pushed; the digest may be an index's
 * layer_blobs    the archives (compressed or not) that are known to make a layer
 * blob_sources   repositories where a blob is known to be, for mounts between repositories
 */
const steps = [
  `CREATE TABLE images (
     id TEXT PRIMARY KEY, config BLOB NOT NULL, size INTEGER NOT NULL, created INTEGER NOT NULL,
     parent TEXT, manifest TEXT, retained INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE image_tags (
     repository TEXT NOT NULL, tag TEXT NOT NULL, image TEXT NOT NULL REFERENCES images (id),
     PRIMARY KEY (repository, tag)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE image_digests (
     repository TEXT NOT NULL, digest TEXT NOT NULL, image TEXT NOT NULL REFERENCES images (id),
     PRIMARY KEY (repository, digest)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX image_tags_image ON image_tags (image);
   CREATE INDEX image_digests_image ON image_digests (image);
   CREATE TABLE layer_blobs (
     diff_id TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL, media_type TEXT NOT NULL,
     PRIMARY KEY (diff_id, digest)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE blob_sources (
     digest TEXT NOT NULL, repository TEXT NOT NULL, PRIMARY KEY (digest, repository)
   ) STRICT, WITHOUT ROWID;`,
];

/** An archive of a layer in the content store. Its media type is one of `mediaTypes`. */
export interface LayerBlob extends Descriptor {
  readonly diffId: Digest;
}

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

type Row = Record<string, unknown>;

/** Image records: durable in the database, read from memory. Each change is one transaction. */
export class ImageStore {
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private readonly images = new Map<Digest, Image>();
  /** Full names (`docker.io/library/x:1`, `docker.io/library/x@sha256:…`) to ids. */
  private readonly names = new Map<string, Digest>();
  /** How many images, retained ones too, have a layer. */
  private readonly layerUse = new Map<Digest, number>();

  constructor(database: DatabaseSync) {
    this.database = database;
    migrate(database, 'image', steps);
    for (const row of this.all('SELECT repository, tag, image FROM image_tags'))
      this.names.set(`${row['repository']}:${row['tag']}`, row['image'] as Digest);
    for (const row of this.all('SELECT repository, digest, image FROM image_digests'))
      this.names.set(`${row['repository']}@${row['digest']}`, row['image'] as Digest);
    for (const row of this.all('SELECT id FROM images WHERE retained = 0')) this.reload(row['id'] as Digest);
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
    const tags = this.all('SELECT repository, tag FROM image_tags WHERE image = ? ORDER BY 1, 2', id);
    const digests = this.all(
      'SELECT repository, digest FROM image_digests WHERE image = ? ORDER BY 1, 2',
      id,
    );
    return [
      ...tags.map((row) => parseReference(`${row['repository']}:${row['tag']}`)),
      ...digests.map((row) => parseReference(`${row['repository']}@${row['digest']}`)),
    ];
  }

  /** The tags of one repository, in alphabetical order. */
  tagsOf(repository: string): { reference: Reference; id: Digest }[] {
    return this.all('SELECT tag, image FROM image_tags WHERE repository = ? ORDER BY tag', repository).map(
      (row) => ({
        reference: parseReference(`${repository}:${row['tag']}`),
        id: row['image'] as Digest,
      }),
    );
  }

  childrenOf(id: Digest): Image[] {
    return [...this.images.values()].filter((image) => image.parent === id);
  }

  /** Records an image, or adds to the record that there is, and moves its references to it. */
  record(image: NewImage, created: Date): Image {
    const touched = new Set([image.id]);
    this.release(image.id);
    transaction(this.database, () => {
      this.run(
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
      for (const blob of image.blobs ?? []) this.addBlob(blob);
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
          this.run('DELETE FROM image_digests WHERE repository = ? AND digest = ?', repository, digest);
        else this.run('DELETE FROM image_tags WHERE repository = ? AND tag = ?', repository, tag ?? '');
      }
    });
    for (const reference of references) this.names.delete(keyOf(reference));
    for (const id of touched) this.reload(id);
  }

  setManifest(id: Digest, manifest: Descriptor): void {
    this.run('UPDATE images SET manifest = ? WHERE id = ?', JSON.stringify(manifest), id);
    this.reload(id);
  }

  /** Forgets an image that nothing refers to any more. With `retain` its layers stay needed until `release`. */
  delete(id: Digest, retain: boolean): void {
    if (retain) this.run('UPDATE images SET retained = 1, manifest = NULL WHERE id = ?', id);
    else this.run('DELETE FROM images WHERE id = ?', id);
    const image = this.images.get(id);
    this.images.delete(id);
    if (image && !retain) this.countLayers(image.config.rootfs.diff_ids, -1);
  }

  /** Images whose layers are kept for a container only. */
  retained(): { id: Digest; diffIds: readonly Digest[] }[] {
    return this.all('SELECT id, config FROM images WHERE retained = 1').map((row) => ({
      id: row['id'] as Digest,
      diffIds: parseConfig(row['config'] as Uint8Array, String(row['id'])).rootfs.diff_ids,
    }));
  }

  /** Lets go what was retained of a deleted image. */
  release(id: Digest): void {
    const retained = this.retained().find((image) => image.id === id);
    if (!retained) return;
    this.run('DELETE FROM images WHERE id = ? AND retained = 1', id);
    this.countLayers(retained.diffIds, -1);
  }

  usesLayer(diffId: Digest): boolean {
    return this.layerUse.has(diffId);
  }

  addBlob({ diffId, digest, size, mediaType }: LayerBlob): void {
    this.run('INSERT OR IGNORE INTO layer_blobs VALUES (?, ?, ?, ?)', diffId, digest, size, mediaType);
  }

  blobsOf(diffId: Digest): LayerBlob[] {
    return this.all('SELECT digest, size, media_type FROM layer_blobs WHERE diff_id = ?', diffId).map(
      (row) => ({
        diffId,
        digest: row['digest'] as Digest,
        size: Number(row['size']),
        mediaType: String(row['media_type']),
      }),
    );
  }

  allBlobs(): { diffId: Digest; digest: Digest }[] {
    return this.all('SELECT diff_id, digest FROM layer_blobs').map((row) => ({
      diffId: row['diff_id'] as Digest,
      digest: row['digest'] as Digest,
    }));
  }

  /** Forgets archives, and where they are, that `isKept` denies. */
  pruneBlobs(isKept: (digest: Digest) => boolean): void {
    transaction(this.database, () => {
      for (const table of ['layer_blobs', 'blob_sources']) {
        for (const row of this.all(`SELECT DISTINCT digest FROM ${table}`)) {
          if (!isKept(row['digest'] as Digest))
            this.run(`DELETE FROM ${table} WHERE digest = ?`, row['digest'] as Digest);
        }
      }
    });
  }

  addSources(digests: readonly Digest[], repository: string): void {
    transaction(this.database, () => {
      for (const digest of digests)
        this.run('INSERT OR IGNORE INTO blob_sources VALUES (?, ?)', digest, repository);
    });
  }

  /** Full names of repositories that have a blob. */
  sourcesOf(digest: Digest): string[] {
    return this.all('SELECT repository FROM blob_sources WHERE digest = ? ORDER BY 1', digest).map((row) =>
      String(row['repository']),
    );
  }

  /** All digests that references of images name. */
  referredDigests(): Digest[] {
    return this.all('SELECT DISTINCT digest FROM image_digests').map((row) => row['digest'] as Digest);
  }

  private point(reference: Reference, id: Digest): void {
    const repository = repositoryOf(reference);
    if (reference.digest !== undefined)
      this.run('INSERT OR REPLACE INTO image_digests VALUES (?, ?, ?)', repository, reference.digest, id);
    else
      this.run(
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
    const [row] = this.all('SELECT * FROM images WHERE id = ? AND retained = 0', id);
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
    const config = this.images.get(id)?.config ?? parseConfig(row['config'] as Uint8Array, id);
    return {
      id,
      config,
      size: Number(row['size']),
      createdAt: new Date(Number(row['created'])),
      tags: references.filter(({ digest }) => digest === undefined).map(familiarName),
      digests: references.filter(({ digest }) => digest !== undefined).map(familiarName),
      ...(typeof row['parent'] === 'string' && { parent: row['parent'] as Digest }),
      ...(typeof row['manifest'] === 'string' && { manifest: JSON.parse(row['manifest']) as Descriptor }),
    };
  }

  private all(sql: string, ...values: string[]): Row[] {
    return this.statement(sql).all(...values);
  }

  private run(sql: string, ...values: (string | number | null | Uint8Array)[]): void {
    this.statement(sql).run(...values);
  }

  private statement(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

/** Of a name with tag and digest the digest decides, as in Docker. */
const keyOf = (reference: Reference): string =>
  reference.digest === undefined
    ? `${repositoryOf(reference)}:${reference.tag ?? 'latest'}`
    : `${repositoryOf(reference)}@${reference.digest}`;
