import type { DatabaseSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { migrate } from '../../lib/database.ts';
import { frame } from '../../lib/grpc/frame.ts';
import type { Digest } from '../../oci/digest.ts';
import type { OptionsEntry, StatusResponse } from '../message-types.ts';
import { codec } from '../messages.ts';

interface ClientError {
  readonly code: number;
  readonly message: string;
  /** A google.rpc.Status with the place in the Dockerfile, in base64, and the digest by which clients ask for it. */
  readonly status?: string;
  readonly digest?: Digest;
}

/** What a client asked for and was told, of a build that is over. */
export interface ClientRecord {
  readonly frontend: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly exporters: readonly OptionsEntry[];
  readonly response: Readonly<Record<string, string>>;
  readonly error?: ClientError;
  readonly warnings: number;
}

const migrations = [
  `CREATE TABLE build_client_records (id TEXT PRIMARY KEY, record TEXT NOT NULL, told BLOB NOT NULL) STRICT;`,
];

/** Of what was told more than this is left out. */
const LARGEST = 8 << 20;
const HEAD = 5;
/** Builds that came to nothing are not on record; a client may still ask for what it was told. */
const LATEST = 50;

/** Builds as their clients saw them, beside the builder's own history of steps. */
export class ClientRecords {
  private readonly database: DatabaseSync;
  private readonly status = codec<StatusResponse>('moby.buildkit.v1.StatusResponse');

  constructor(database: DatabaseSync) {
    this.database = database;
    migrate(database, 'build-client-records', migrations);
  }

  /** Records of builds that the builder forgot go. */
  put(id: string, record: ClientRecord, told: readonly Partial<StatusResponse>[]): void {
    this.database
      .prepare('INSERT OR REPLACE INTO build_client_records VALUES (?, ?, ?)')
      .run(id, JSON.stringify(record), deflateRawSync(this.encode(told)));
    this.database
      .prepare(
        `DELETE FROM build_client_records WHERE id NOT IN (SELECT id FROM builds)
         AND rowid <= (SELECT max(rowid) FROM build_client_records) - ?`,
      )
      .run(LATEST);
  }

  get(id: string): ClientRecord | undefined {
    const row = this.database.prepare('SELECT record FROM build_client_records WHERE id = ?').get(id);
    return row && (JSON.parse(String(row['record'])) as ClientRecord);
  }

  /** The status of a build that failed, by its digest. */
  errorContent(digest: string): Buffer | undefined {
    const row = this.database
      .prepare(`SELECT record FROM build_client_records WHERE json_extract(record, '$.error.digest') = ?`)
      .get(digest);
    const { error } = row ? (JSON.parse(String(row['record'])) as ClientRecord) : {};
    return error?.status === undefined ? undefined : Buffer.from(error.status, 'base64');
  }

  /** All that was told, in order. */
  told(id: string): Partial<StatusResponse>[] | undefined {
    const row = this.database.prepare('SELECT told FROM build_client_records WHERE id = ?').get(id);
    return row && this.decode(inflateRawSync(row['told'] as Uint8Array));
  }

  remove(id: string): void {
    this.database.prepare('DELETE FROM build_client_records WHERE id = ?').run(id);
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
    const told: StatusResponse[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + HEAD + bytes.readUInt32BE(at + 1);
      told.push(this.status.decode(bytes.subarray(at + HEAD, end)));
      at = end;
    }
    return told;
  }
}
