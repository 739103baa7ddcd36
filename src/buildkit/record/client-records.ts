import type { DatabaseSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { migrate } from '../../lib/database.ts';
import { frame } from '../../lib/grpc/frame.ts';
import { type Digest, digestOf } from '../../oci/digest.ts';
import type { OptionsEntry, StatusResponse } from '../message-types.ts';
import { codec } from '../messages.ts';
import { traceOf } from './trace.ts';

interface ClientError {
  readonly code: number;
  readonly message: string;
  /** A google.rpc.Status with the place in the Dockerfile, in base64, and the digest by which clients ask for it. */
  readonly status?: string;
  readonly digest?: Digest;
}

interface Told {
  readonly digest: Digest;
  readonly size: number;
}

/** What a client asked for and was told, of a build that is over. */
export interface ClientRecord {
  readonly frontend: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly exporters: readonly OptionsEntry[];
  readonly response: Readonly<Record<string, string>>;
  readonly error?: ClientError;
  readonly warnings: number;
  /** Of what was done, steps and all else. */
  readonly steps?: { readonly total: number; readonly completed: number; readonly cached: number };
  /** All that was told, as the document that `content` gives. */
  readonly logs?: Told;
  /** The same of where the time went, once somebody wanted it. */
  readonly trace?: Told;
}

const migrations = [
  `CREATE TABLE build_client_records (id TEXT PRIMARY KEY, record TEXT NOT NULL, told BLOB NOT NULL) STRICT;`,
  `ALTER TABLE build_client_records ADD COLUMN trace BLOB`,
];

/** Of what was told more than this is left out. */
const LARGEST = 8 << 20;
const HEAD = 5;
/** Builds that came to nothing are not on record; a client may still ask for what it was told. */
const LATEST = 50;
/** To look for them costs a millisecond. */
const CLEAN_EVERY = 10;

/** Builds as their clients saw them, beside the builder's own history of steps. */
export class ClientRecords {
  private readonly database: DatabaseSync;
  private readonly status = codec<StatusResponse>('moby.buildkit.v1.StatusResponse');

  constructor(database: DatabaseSync) {
    this.database = database;
    migrate(database, 'build-client-records', migrations);
  }

  /** Records of builds that the builder forgot go. Returns what is on record now. */
  put(id: string, record: ClientRecord, told: readonly Partial<StatusResponse>[]): ClientRecord {
    const frames = this.encode(told);
    const document = toDocument(frames);
    const whole = { ...record, logs: { digest: digestOf(document), size: document.length } };
    const { lastInsertRowid: row } = this.database
      .prepare('INSERT OR REPLACE INTO build_client_records (id, record, told) VALUES (?, ?, ?)')
      .run(id, JSON.stringify(whole), deflateRawSync(frames));
    if (Number(row) % CLEAN_EVERY === 0) this.clean(Number(row));
    return whole;
  }

  get(id: string): ClientRecord | undefined {
    const row = this.database.prepare('SELECT record FROM build_client_records WHERE id = ?').get(id);
    return row && (JSON.parse(String(row['record'])) as ClientRecord);
  }

  /** Makes the document of where a build's time went, if there is none yet. */
  makeTrace(id: string): void {
    const record = this.get(id);
    if (!record || record.trace) return;
    const document = traceOf(id, record, this.told(id) ?? []);
    if (!document) return;
    const whole = { ...record, trace: { digest: digestOf(document), size: document.length } };
    this.database
      .prepare('UPDATE build_client_records SET record = ?, trace = ? WHERE id = ?')
      .run(JSON.stringify(whole), deflateRawSync(document), id);
  }

  /** Documents about builds by their digest: the status of one that failed, what was told of one, and its trace. */
  content(digest: string): Buffer | undefined {
    const row = this.database
      .prepare(
        `SELECT record ->> '$.error.status' AS status, told, trace, record ->> '$.trace.digest' AS traced
         FROM build_client_records
         WHERE record ->> '$.error.digest' = ?1 OR record ->> '$.logs.digest' = ?1 OR traced = ?1`,
      )
      .get(digest);
    if (!row) return undefined;
    const { status, trace, traced } = row;
    if (traced === digest) return inflateRawSync(trace as Uint8Array);
    const error = typeof status === 'string' ? Buffer.from(status, 'base64') : undefined;
    if (error && digestOf(error) === digest) return error;
    return toDocument(inflateRawSync(row['told'] as Uint8Array));
  }

  /** All that was told, in order. */
  told(id: string): Partial<StatusResponse>[] | undefined {
    const row = this.database.prepare('SELECT told FROM build_client_records WHERE id = ?').get(id);
    return row && this.decode(inflateRawSync(row['told'] as Uint8Array));
  }

  remove(id: string): void {
    this.database.prepare('DELETE FROM build_client_records WHERE id = ?').run(id);
  }

  private clean(newest: number): void {
    this.database
      .prepare('DELETE FROM build_client_records WHERE id NOT IN (SELECT id FROM builds) AND rowid <= ?')
      .run(newest - LATEST);
  }

  private encode(told: readonly Partial<StatusResponse>[]): Buffer {
    const frames: Buffer[] = [];
    let size = 0;
    for (const part of told) {
      const isLate = size > LARGEST;
      const framed = frame(this.status.encode(isLate ? { ...part, logs: [] } : part));
      size += framed.length;
      frames.push(framed);
    }
    return Buffer.concat(frames);
  }

  private decode(bytes: Buffer): StatusResponse[] {
    return [...messagesIn(bytes)].map((message) => this.status.decode(message));
  }
}

function* messagesIn(frames: Buffer): Generator<Buffer> {
  for (let at = 0; at < frames.length;) {
    const end = at + HEAD + frames.readUInt32BE(at + 1);
    yield frames.subarray(at + HEAD, end);
    at = end;
  }
}

/** As BuildKit keeps it (`application/vnd.buildkit.status.v0`): before each message its length, four bytes, the lowest first. */
function toDocument(frames: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (const message of messagesIn(frames)) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(message.length);
    parts.push(length, message);
  }
  return Buffer.concat(parts);
}
