import type { DatabaseSync } from 'node:sqlite';
import { type Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { parseIndex } from './documents.ts';
import { Statements } from './tables.ts';

/** An index (manifest list) as it came, and which of its manifests are images of the store. */
export interface IndexRecord {
  readonly descriptor: Descriptor;
  readonly document: Uint8Array;
  readonly entries: readonly Descriptor[];
  /** The manifests that are here, by the id of their image. In the order in which they came. */
  readonly variants: ReadonlyMap<Digest, Descriptor>;
  /** Attestation manifests that are here, and what they name. */
  readonly attached: ReadonlySet<Digest>;
}

/** What a pull or a load tells of the index by which an image came. */
export interface GivenIndex {
  readonly descriptor: Descriptor;
  readonly document: Uint8Array;
  /** The entry that is this image. */
  readonly entry: Descriptor;
  /** Blobs to keep with the index that are no images: attestations and what they name. */
  readonly attached?: readonly Digest[];
}

interface Row {
  readonly digest: Digest;
  readonly media_type: string;
  readonly document: Uint8Array;
}

type Kept = IndexRecord & { variants: Map<Digest, Descriptor>; attached: Set<Digest> };

/** The indexes of multi-platform images: durable in the database, read from memory. */
export class IndexRecords {
  private readonly sql: Statements;
  private readonly records = new Map<Digest, Kept>();

  constructor(database: DatabaseSync) {
    this.sql = new Statements(database);
    for (const row of this.sql.all<Row>('SELECT * FROM image_indexes')) this.open(row);
    const variants = this.sql.all<{ index_digest: Digest; image: Digest; manifest: string }>(
      'SELECT index_digest, image, manifest FROM image_variants ORDER BY rowid',
    );
    for (const { index_digest: digest, image, manifest } of variants)
      this.records.get(digest)?.variants.set(image, JSON.parse(manifest) as Descriptor);
    const attached = this.sql.all<{ index_digest: Digest; digest: Digest }>('SELECT * FROM index_attached');
    for (const row of attached) this.records.get(row.index_digest)?.attached.add(row.digest);
  }

  get(digest: Digest | undefined): IndexRecord | undefined {
    return digest && this.records.get(digest);
  }

  all(): Iterable<IndexRecord> {
    return this.records.values();
  }

  /** The indexes that an image belongs to. */
  of(image: Digest): IndexRecord[] {
    return [...this.records.values()].filter(({ variants }) => variants.has(image));
  }

  /** Files an image under its index. The caller holds the transaction. */
  add(image: Digest, { descriptor, document, entry, attached = [] }: GivenIndex): void {
    const { digest, mediaType } = descriptor;
    this.sql.run('INSERT OR IGNORE INTO image_indexes VALUES (?, ?, ?)', digest, mediaType, document);
    this.sql.run(
      'INSERT OR REPLACE INTO image_variants VALUES (?, ?, ?)',
      digest,
      image,
      JSON.stringify(entry),
    );
    for (const blob of attached)
      this.sql.run('INSERT OR IGNORE INTO index_attached VALUES (?, ?)', digest, blob);
    const record = this.records.get(digest) ?? this.open({ digest, media_type: mediaType, document });
    record.variants.set(image, entry);
    for (const blob of attached) record.attached.add(blob);
  }

  /** Forgets an image; an index of which nothing is left goes with it. */
  drop(image: Digest): void {
    for (const record of this.records.values()) {
      if (!record.variants.delete(image)) continue;
      const { digest } = record.descriptor;
      this.sql.run('DELETE FROM image_variants WHERE index_digest = ? AND image = ?', digest, image);
      if (record.variants.size === 0) this.forget(digest);
    }
  }

  /** Forgets an index; its images stay. */
  forget(digest: Digest): void {
    this.sql.run('DELETE FROM image_variants WHERE index_digest = ?', digest);
    this.sql.run('DELETE FROM index_attached WHERE index_digest = ?', digest);
    this.sql.run('DELETE FROM image_indexes WHERE digest = ?', digest);
    this.records.delete(digest);
  }

  /** All blobs that indexes keep: their own documents, the manifests that are here, attestations. */
  *blobs(): Iterable<Digest> {
    for (const { descriptor, variants, attached } of this.records.values()) {
      yield descriptor.digest;
      for (const { digest } of variants.values()) yield digest;
      yield* attached;
    }
  }

  private open({ digest, media_type: mediaType, document }: Row): Kept {
    const { manifests } = parseIndex(document, `index ${digest}`);
    const descriptor = { mediaType, digest, size: document.length };
    const record = {
      descriptor,
      document,
      entries: manifests,
      variants: new Map(),
      attached: new Set<Digest>(),
    };
    this.records.set(digest, record);
    return record;
  }
}
