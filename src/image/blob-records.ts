import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../lib/database.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { Statements } from './tables.ts';

/** An archive of a layer in the content store. Its media type is one of `mediaTypes`. */
export interface LayerBlob extends Descriptor {
  readonly diffId: Digest;
}

/** Which archives make which layer, and which repositories have them. */
export class BlobRecords {
  private readonly database: DatabaseSync;
  private readonly sql: Statements;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.sql = new Statements(database);
  }

  add({ diffId, digest, size, mediaType }: LayerBlob): void {
    this.sql.run('INSERT OR IGNORE INTO layer_blobs VALUES (?, ?, ?, ?)', diffId, digest, size, mediaType);
  }

  of(diffId: Digest): LayerBlob[] {
    return this.sql
      .all<Omit<LayerBlob, 'diffId'>>(
        'SELECT digest, size, media_type AS mediaType FROM layer_blobs WHERE diff_id = ?',
        diffId,
      )
      .map((row) => ({ ...row, diffId }));
  }

  all(): { diffId: Digest; digest: Digest }[] {
    return this.sql.all('SELECT diff_id AS diffId, digest FROM layer_blobs');
  }

  /** Forgets archives, and where they are, that `isKept` denies. */
  prune(isKept: (digest: Digest) => boolean): void {
    transaction(this.database, () => {
      for (const table of ['layer_blobs', 'blob_sources']) {
        for (const { digest } of this.sql.all<{ digest: Digest }>(`SELECT DISTINCT digest FROM ${table}`))
          if (!isKept(digest)) this.sql.run(`DELETE FROM ${table} WHERE digest = ?`, digest);
      }
    });
  }

  addSources(digests: readonly Digest[], repository: string): void {
    transaction(this.database, () => {
      for (const digest of digests)
        this.sql.run('INSERT OR IGNORE INTO blob_sources VALUES (?, ?)', digest, repository);
    });
  }

  /** Full names of repositories that have a blob. */
  sourcesOf(digest: Digest): string[] {
    const rows = this.sql.all<{ repository: string }>(
      'SELECT repository FROM blob_sources WHERE digest = ? ORDER BY repository',
      digest,
    );
    return rows.map(({ repository }) => repository);
  }
}
