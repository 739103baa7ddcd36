import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { wallClockNanos } from './clock.ts';
import type { EngineEvent, EventType } from './types.ts';

/** How much of the past is kept. */
export interface Retention {
  /** Default 90 days. */
  readonly maxAgeDays: number;
  /** Default 200,000 (about 80 MB). */
  readonly maxEvents: number;
}

const NANOS_PER_DAY = 86_400_000_000_000n;
/** Pruning looks once in so many events, and deletes at most as many rows as keep it under a few milliseconds. */
const PRUNE_EVERY = 2_000;
const PRUNE_AT_MOST = 4_000;

/** The table of events: appended to, read in order of time, pruned from its old end. */
export class EventLog {
  // Without row ids: as a row id the time would be every later statement's lastInsertRowid, which Node can't return as a number.
  static readonly migrations: readonly string[] = [
    `CREATE TABLE events (
       time INTEGER NOT NULL PRIMARY KEY,
       type TEXT NOT NULL,
       action TEXT NOT NULL,
       actor TEXT NOT NULL,
       attributes TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;`,
  ];

  private readonly database: DatabaseSync;
  private readonly retention: Retention;
  private readonly insert: StatementSync;
  private readonly select: StatementSync;
  private appended = 0;

  constructor(database: DatabaseSync, retention: Partial<Retention>) {
    this.database = database;
    this.retention = { maxAgeDays: retention.maxAgeDays ?? 90, maxEvents: retention.maxEvents ?? 200_000 };
    this.insert = database.prepare(
      'INSERT INTO events (time, type, action, actor, attributes) VALUES (?, ?, ?, ?, ?)',
    );
    this.select = database.prepare(
      'SELECT time, type, action, actor, attributes FROM events WHERE time > ? AND time <= ? ORDER BY time LIMIT ?',
    );
    this.select.setReadBigInts(true);
    this.prune();
  }

  append(event: EngineEvent): void {
    this.insert.run(
      event.timeNano,
      event.type,
      event.action,
      event.actorId,
      JSON.stringify(event.attributes),
    );
    this.appended += 1;
    if (this.appended % PRUNE_EVERY === 0) this.prune();
  }

  /** Time of the newest event, 0 when there is none. */
  newest(): bigint {
    const statement = this.database.prepare('SELECT max(time) AS time FROM events');
    statement.setReadBigInts(true);
    return (statement.get()?.['time'] as bigint | null) ?? 0n;
  }

  page(after: bigint, until: bigint | undefined, limit: number): EngineEvent[] {
    return this.select.all(clamp(after), clamp(until ?? MAX), limit).map((row) => ({
      type: row['type'] as EventType,
      action: row['action'] as string,
      actorId: row['actor'] as string,
      attributes: JSON.parse(row['attributes'] as string) as Record<string, string>,
      timeNano: row['time'] as bigint,
    }));
  }

  private prune(): void {
    const oldest = wallClockNanos() - BigInt(this.retention.maxAgeDays) * NANOS_PER_DAY;
    const surplus = this.count() - this.retention.maxEvents;
    this.database
      .prepare(
        'DELETE FROM events WHERE time IN (SELECT time FROM events WHERE time < ? ORDER BY time LIMIT ?)',
      )
      .run(oldest, PRUNE_AT_MOST);
    if (surplus <= 0) return;
    this.database
      .prepare('DELETE FROM events WHERE time IN (SELECT time FROM events ORDER BY time LIMIT ?)')
      .run(Math.min(surplus, PRUNE_AT_MOST));
  }

  private count(): number {
    return Number(this.database.prepare('SELECT count(*) AS n FROM events').get()?.['n']);
  }
}

const MAX = 2n ** 63n - 1n;

/** SQLite's integers have 64 bits; a client may ask for any time. */
function clamp(time: bigint): bigint {
  return time > MAX ? MAX : time < -MAX ? -MAX : time;
}
