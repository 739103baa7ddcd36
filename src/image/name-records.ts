import type { DatabaseSync } from 'node:sqlite';
import type { Digest } from '../oci/digest.ts';
import { parseReference, type Reference, repositoryOf } from '../oci/reference.ts';
import { Statements } from './tables.ts';

/** What a name means: an image, and the index that it stands for where it is one of several platforms. */
export interface Meaning {
  readonly image: Digest;
  readonly index?: Digest | undefined;
}

interface Row {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly image: Digest;
  readonly target: Digest | null;
}

/** The names of images: durable in the database, looked up in memory. Who changes them holds the transaction. */
export class NameRecords {
  private readonly sql: Statements;
  /** By full names (`docker.io/library/x:1`, `docker.io/library/x@sha256:…`). */
  private readonly meanings = new Map<string, Meaning>();

  /** `isIndex` tells which digests are of indexes: a name with such a digest means the index. */
  constructor(database: DatabaseSync, isIndex: (digest: Digest) => boolean) {
    this.sql = new Statements(database);
    for (const { repository, tag, image, target } of this.sql.all<Row>('SELECT * FROM image_tags'))
      this.meanings.set(`${repository}:${tag}`, { image, index: target ?? undefined });
    for (const { repository, digest, image } of this.sql.all<Row>('SELECT * FROM image_digests'))
      this.meanings.set(`${repository}@${digest}`, { image, index: isIndex(digest) ? digest : undefined });
  }

  /** Of a name with tag and digest the digest decides. */
  meaning(reference: Reference): Meaning | undefined {
    return this.meanings.get(keyOf(reference));
  }

  /** Tags first, each kind in alphabetical order. */
  of(image: Digest): Reference[] {
    const tags = this.sql.all<Row>(
      'SELECT repository, tag FROM image_tags WHERE image = ? ORDER BY 1, 2',
      image,
    );
    const digests = this.sql.all<Row>(
      'SELECT repository, digest FROM image_digests WHERE image = ? ORDER BY 1, 2',
      image,
    );
    return [
      ...tags.map((row) => parseReference(`${row.repository}:${row.tag}`)),
      ...digests.map((row) => parseReference(`${row.repository}@${row.digest}`)),
    ];
  }

  /** The tags of one repository, in alphabetical order. */
  tagsOf(repository: string): { reference: Reference; id: Digest }[] {
    return this.sql
      .all<Row>('SELECT tag, image FROM image_tags WHERE repository = ? ORDER BY tag', repository)
      .map((row) => ({ reference: parseReference(`${repository}:${row.tag}`), id: row.image }));
  }

  /** All digests in names. */
  digests(): Digest[] {
    return this.sql.all<Row>('SELECT DISTINCT digest FROM image_digests').map((row) => row.digest);
  }

  /** Gives a name its meaning; returns the image that it meant before. */
  set(reference: Reference, { image, index }: Meaning): Digest | undefined {
    const repository = repositoryOf(reference);
    const { digest, tag = 'latest' } = reference;
    const before = this.meaning(reference)?.image;
    if (digest !== undefined)
      this.sql.run('INSERT OR REPLACE INTO image_digests VALUES (?, ?, ?)', repository, digest, image);
    else
      this.sql.run(
        'INSERT OR REPLACE INTO image_tags VALUES (?, ?, ?, ?)',
        repository,
        tag,
        image,
        index ?? null,
      );
    this.meanings.set(keyOf(reference), { image, index });
    return before;
  }

  delete(reference: Reference): void {
    const repository = repositoryOf(reference);
    const { digest, tag = 'latest' } = reference;
    if (digest !== undefined)
      this.sql.run('DELETE FROM image_digests WHERE repository = ? AND digest = ?', repository, digest);
    else this.sql.run('DELETE FROM image_tags WHERE repository = ? AND tag = ?', repository, tag);
    this.meanings.delete(keyOf(reference));
  }

  /** Whether any name means this index. */
  isMeant(index: Digest): boolean {
    return this.meanings.values().some((meaning) => meaning.index === index);
  }

  /** Lets the names of an index mean another image in it; returns those that they meant. */
  move(index: Digest, image: Digest): Digest[] {
    const moved = [...this.meanings].filter(
      ([, meaning]) => meaning.index === index && meaning.image !== image,
    );
    for (const [key] of moved) this.meanings.set(key, { image, index });
    this.sql.run('UPDATE image_tags SET image = ? WHERE target = ?', image, index);
    this.sql.run('UPDATE image_digests SET image = ? WHERE digest = ?', image, index);
    return moved.map(([, meaning]) => meaning.image);
  }
}

const keyOf = (reference: Reference): string =>
  reference.digest === undefined
    ? `${repositoryOf(reference)}:${reference.tag ?? 'latest'}`
    : `${repositoryOf(reference)}@${reference.digest}`;
