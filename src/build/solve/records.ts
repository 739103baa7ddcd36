import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { migrate, transaction } from '../../lib/database.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import type { ContentInput, Identity } from './types.ts';

/** The result of a step, kept to be used again and to tell later why a step ran. */
export interface CacheRecord {
  readonly key: string;
  /** The instruction: whose, its file, stage and text. Records of one slot are compared to say what changed. */
  readonly slot: string;
  /** The instruction's place: whose, its file, stage and number in it. */
  readonly place: string;
  /** Identity of the file system it built on. */
  readonly base: string;
  /** The base image of its stage, by name and id. */
  readonly image: string;
  /** The instruction as written. */
  readonly description: string;
  readonly layer: Digest;
  readonly size: number;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly usageCount: number;
  /** How long it took. */
  readonly milliseconds: number;
  /** What was told of it. */
  readonly warnings: readonly string[];
}

/** The record that an instruction came to, its own or an equal one's. */
export type SlotUse = Pick<CacheRecord, 'slot' | 'base' | 'place' | 'key'>;

export type NewRecord = Omit<CacheRecord, 'lastUsedAt' | 'usageCount'> & { readonly identity: Identity };

const steps = [
  `CREATE TABLE build_records (
    key TEXT PRIMARY KEY,
    slot TEXT NOT NULL,
    place TEXT NOT NULL,
    base TEXT NOT NULL,
    image TEXT NOT NULL,
    description TEXT NOT NULL,
    definition TEXT NOT NULL,
    content BLOB NOT NULL,
    layer TEXT NOT NULL,
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    usage_count INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX build_records_slot ON build_records (slot, created_at);
  CREATE INDEX build_records_place ON build_records (place, created_at);
  CREATE TABLE build_metadata (key TEXT PRIMARY KEY, last_used_at INTEGER NOT NULL) STRICT;
  CREATE TABLE build_digests (key TEXT PRIMARY KEY, digest TEXT NOT NULL, files BLOB NOT NULL, last_used_at INTEGER NOT NULL) STRICT;`,
  `CREATE INDEX build_records_description ON build_records (description, base, created_at);
  CREATE TABLE build_slots (
    slot TEXT NOT NULL,
    base TEXT NOT NULL,
    place TEXT NOT NULL,
    key TEXT NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (slot, base)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX build_slots_place ON build_slots (place, used_at);
  INSERT OR REPLACE INTO build_slots SELECT slot, base, place, key, created_at FROM build_records ORDER BY created_at;`,
  `ALTER TABLE build_records ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]'`,
];

/** All but the large ones. */
const columns =
  'key, slot, place, base, image, description, layer, size, created_at, last_used_at, usage_count, milliseconds, warnings';

const DAY = 86_400_000;
/** Small records without layers go when they were not used for so long. */
const FORGOTTEN_AFTER = 90 * DAY;

/** The cache's records in the engine's database, and which layers they hold. */
export class CacheRecords {
  private readonly database: DatabaseSync;
  private readonly leaseLayer: (layer: Digest) => Disposable;
  private readonly layers = new Map<Digest, { count: number; readonly lease: Disposable }>();
  private readonly statements = new Map<string, StatementSync>();

  /** `leaseLayer` keeps a layer for as long as a record has it. */
  constructor(database: DatabaseSync, leaseLayer: (layer: Digest) => Disposable) {
    this.database = database;
    this.leaseLayer = leaseLayer;
    migrate(database, 'build', steps);
    for (const row of this.prepare('SELECT layer FROM build_records').all())
      this.count(parseDigest(String(row['layer'])), 1);
    this.prepare('DELETE FROM build_slots WHERE key NOT IN (SELECT key FROM build_records)').run();
    const limit = Date.now() - FORGOTTEN_AFTER;
    for (const table of ['build_metadata', 'build_digests'])
      this.prepare(`DELETE FROM ${table} WHERE last_used_at < ?`).run(limit);
  }

  find(key: string): CacheRecord | undefined {
    return this.first('WHERE key = ?', key);
  }

  /** What an instruction gave in the last build that had it, on this base or on any. */
  latest(slot: string, base?: string): CacheRecord | undefined {
    if (base === undefined) return this.used('slot = ?', slot);
    return this.used('slot = ? AND base = ?', slot, base);
  }

  /** What the instruction gave that stood last at a place of a Dockerfile, on this base. */
  latestAt(place: string, base: string): CacheRecord | undefined {
    return this.used('place = ? AND base = ?', place, base);
  }

  private used(condition: string, ...values: string[]): CacheRecord | undefined {
    const row = this.prepare(
      `SELECT ${columns} FROM build_records WHERE key =
        (SELECT key FROM build_slots WHERE ${condition} AND key IN (SELECT key FROM build_records) ORDER BY used_at DESC LIMIT 1)`,
    ).get(...values);
    return row && toRecord(row);
  }

  /** Newest first: equal instructions of any build on this base, some of them. */
  alike(description: string, base: string): CacheRecord[] {
    const condition = 'WHERE description = ? AND base = ? ORDER BY created_at DESC LIMIT 5';
    return this.prepare(`SELECT ${columns} FROM build_records ${condition}`)
      .all(description, base)
      .map(toRecord);
  }

  /** Whether any build had this instruction. */
  knows(description: string): boolean {
    return this.prepare('SELECT 1 FROM build_records WHERE description = ?').get(description) !== undefined;
  }

  /** The ones used longest ago first. */
  all(): CacheRecord[] {
    return this.prepare(`SELECT ${columns} FROM build_records ORDER BY last_used_at`).all().map(toRecord);
  }

  /** What a record's step was and read. Large for a copy of many files, hence apart. */
  identityOf({ key }: CacheRecord): Identity {
    const row = this.prepare('SELECT definition, content FROM build_records WHERE key = ?').get(key);
    if (!row) return { definition: {}, content: [] };
    return {
      definition: JSON.parse(String(row['definition'])) as Identity['definition'],
      content: JSON.parse(inflate(row['content'])) as ContentInput[],
    };
  }

  put(record: NewRecord): void {
    const now = Date.now();
    transaction(this.database, () => {
      this.delete(record.key);
      this.prepare('INSERT INTO build_records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)').run(
        record.key,
        record.slot,
        record.place,
        record.base,
        record.image,
        record.description,
        JSON.stringify(record.identity.definition),
        pack(record.identity.content),
        record.layer,
        record.size,
        record.createdAt.getTime(),
        now,
        Math.round(record.milliseconds),
        JSON.stringify(record.warnings),
      );
    });
    this.count(record.layer, 1);
  }

  delete(key: string): void {
    const record = this.prepare('SELECT layer FROM build_records WHERE key = ?').get(key);
    if (!record) return;
    this.prepare('DELETE FROM build_records WHERE key = ?').run(key);
    this.count(parseDigest(String(record['layer'])), -1);
  }

  /** Notes the use of records and by which instructions, all in one transaction. */
  touch(keys: Iterable<string>, uses: Iterable<SlotUse> = []): void {
    const now = Date.now();
    transaction(this.database, () => {
      const use = this.prepare('INSERT OR REPLACE INTO build_slots VALUES (?, ?, ?, ?, ?)');
      for (const { slot, base, place, key } of uses) use.run(slot, base, place, key, now);
      const update = this.prepare(
        'UPDATE build_records SET last_used_at = ?, usage_count = usage_count + 1 WHERE key = ?',
      );
      for (const key of keys) update.run(now, key);
    });
  }

  /** How long it took to make layers, in milliseconds; those without a record are left out. */
  layerTimes(layers: readonly Digest[]): Map<Digest, number> {
    const statement = this.prepare('SELECT max(milliseconds) AS longest FROM build_records WHERE layer = ?');
    return new Map(
      layers.flatMap((layer) => {
        const longest = statement.get(layer)?.['longest'];
        return typeof longest === 'number' ? [[layer, longest] as const] : [];
      }),
    );
  }

  hasMetadata(key: string): boolean {
    return this.prepare('SELECT 1 FROM build_metadata WHERE key = ?').get(key) !== undefined;
  }

  putMetadata(keys: Iterable<string>): void {
    const now = Date.now();
    transaction(this.database, () => {
      const insert = this.prepare('INSERT OR REPLACE INTO build_metadata VALUES (?, ?)');
      for (const key of keys) insert.run(key, now);
    });
  }

  /** What was found out about files of layers, which never change. */
  digest(key: string): { digest: string; files: string } | undefined {
    const row = this.prepare('SELECT digest, files FROM build_digests WHERE key = ?').get(key);
    return row && { digest: String(row['digest']), files: inflate(row['files']) };
  }

  putDigest(key: string, { digest, files }: { digest: string; files: string }): void {
    this.prepare('INSERT OR REPLACE INTO build_digests VALUES (?, ?, ?, ?)').run(
      key,
      digest,
      deflateRawSync(files),
      Date.now(),
    );
  }

  holdsLayer(diffId: Digest): boolean {
    return this.layers.has(diffId);
  }

  private first(condition: string, ...values: string[]): CacheRecord | undefined {
    const row = this.prepare(`SELECT ${columns} FROM build_records ${condition}`).get(...values);
    return row && toRecord(row);
  }

  private count(layer: Digest, change: 1 | -1): void {
    const held = this.layers.get(layer);
    if (!held) this.layers.set(layer, { count: 1, lease: this.leaseLayer(layer) });
    else {
      held.count += change;
      if (held.count > 0) return;
      this.layers.delete(layer);
      held.lease[Symbol.dispose]();
    }
  }

  private prepare(sql: string): StatementSync {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

const pack = (content: readonly ContentInput[]): Uint8Array => deflateRawSync(JSON.stringify(content));
const inflate = (blob: unknown): string => inflateRawSync(blob as Uint8Array).toString();

function toRecord(row: Record<string, unknown>): CacheRecord {
  return {
    key: String(row['key']),
    slot: String(row['slot']),
    place: String(row['place']),
    base: String(row['base']),
    image: String(row['image']),
    description: String(row['description']),
    layer: parseDigest(String(row['layer'])),
    size: Number(row['size']),
    createdAt: new Date(Number(row['created_at'])),
    lastUsedAt: new Date(Number(row['last_used_at'])),
    usageCount: Number(row['usage_count']),
    milliseconds: Number(row['milliseconds']),
    warnings: JSON.parse(String(row['warnings'])) as string[],
  };
}
