import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/*
 * images         one row per image; `retained` = deleted by force while a container still used its layers
 * image_tags     repository:tag -> image
 * image_digests  repository@digest -> image, of what was pulled or pushed; the digest may be an index's
 * image_indexes  indexes (manifest lists) as they came; of one that a tag means, `image_tags.target` is the digest
 * image_variants images that are manifests of an index, with the descriptor that the index has of them
 * index_attached blobs that an index keeps and that are no images: attestations
 * layer_blobs    the archives (compressed or not) that are known to make a layer
 * blob_sources   repositories where a blob is known to be, for mounts between repositories
 */
export const migrations = [
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
  `ALTER TABLE images ADD COLUMN tagged INTEGER;
   ALTER TABLE image_tags ADD COLUMN target TEXT;
   CREATE TABLE image_indexes (digest TEXT PRIMARY KEY, media_type TEXT NOT NULL, document BLOB NOT NULL) STRICT;
   CREATE TABLE image_variants (
     index_digest TEXT NOT NULL, image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE, manifest TEXT NOT NULL,
     UNIQUE (index_digest, image)
   ) STRICT;
   CREATE TABLE index_attached (
     index_digest TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (index_digest, digest)
   ) STRICT, WITHOUT ROWID;`,
];

/** Statements that are prepared once. The type of a row is the caller's word for what the table holds. */
export class Statements {
  private readonly database: DatabaseSync;
  private readonly prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.statement(sql).all(...values) as Row[];
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.statement(sql).run(...values);
  }

  private statement(sql: string): StatementSync {
    const known = this.prepared.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.prepared.set(sql, statement);
    return statement;
  }
}
