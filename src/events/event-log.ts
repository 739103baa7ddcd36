import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EngineEvent, EventType } from './types.ts';

/** Attributes that differ from one event of an object to the next; the others are kept once for many events. */
const changing: ReadonlySet<string> = new Set([
  'container', 'destination', 'driver', 'execDuration', 'execID', 'exitCode', 'oldName', 'propagation', 'read/write',
  'reclaimed', 'signal',
]); // prettier-ignore
const PASSING_NANOS = 86_400_000_000_000n;
const FORGET_EVERY = 1_000;
/** Objects whose attributes are known to be kept. */
const REMEMBERED = 2_000;

/**
 * The table of events, kept without limit but for passing ones: about 50 bytes for each, and what its object is called once. Appended to, and read in order
 * of time.
 */
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
    `CREATE TABLE event_subjects (
       id INTEGER PRIMARY KEY,
       type TEXT NOT NULL,
       actor TEXT NOT NULL,
       attributes TEXT NOT NULL
     ) STRICT;
     CREATE TABLE kept_events (
       time INTEGER NOT NULL PRIMARY KEY,
       subject INTEGER NOT NULL,
       action TEXT NOT NULL,
       attributes TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;
     INSERT INTO event_subjects (type, actor, attributes) SELECT DISTINCT type, actor, attributes FROM events;
     CREATE TEMP TABLE event_keys AS SELECT id, type, actor, attributes FROM event_subjects;
     CREATE INDEX temp.event_keys_all ON event_keys (actor, type, attributes);
     INSERT INTO kept_events (time, subject, action, attributes)
       SELECT time, (SELECT id FROM event_keys k
         WHERE k.actor = e.actor AND k.type = e.type AND k.attributes = e.attributes), action, '' FROM events e;
     DROP TABLE event_keys;
     DROP TABLE events;
     ALTER TABLE kept_events RENAME TO events;`,
    `ALTER TABLE events ADD COLUMN passing INTEGER NOT NULL DEFAULT 0;
     CREATE INDEX events_passing ON events (time) WHERE passing = 1;`,
  ];

  private readonly database: DatabaseSync;
  private readonly insert: StatementSync;
  private readonly insertSubject: StatementSync;
  private readonly select: StatementSync;
  private readonly forget: StatementSync;
  private passing = 0;
  private readonly subjects = new Map<string, bigint | number>();

  constructor(database: DatabaseSync) {
    this.database = database;
    this.insert = database.prepare(
      'INSERT INTO events (time, subject, action, attributes, passing) VALUES (?, ?, ?, ?, ?)',
    );
    this.forget = database.prepare('DELETE FROM events WHERE passing = 1 AND time < ?');
    this.insertSubject = database.prepare(
      'INSERT INTO event_subjects (type, actor, attributes) VALUES (?, ?, ?)',
    );
    this.select = database.prepare(
      `SELECT time, type, action, actor, s.attributes AS lasting, e.attributes AS own
       FROM events e JOIN event_subjects s ON s.id = e.subject WHERE time > ? AND time <= ? ORDER BY time LIMIT ?`,
    );
    this.select.setReadBigInts(true);
  }

  /** @param passing it may be forgotten after a day */
  append({ timeNano, type, action, actorId, attributes }: EngineEvent, passing: boolean): void {
    const lasting: Record<string, string> = {};
    const own: Record<string, string> = {};
    for (const [name, value] of Object.entries(attributes))
      (changing.has(name) ? own : lasting)[name] = value;
    const subject = this.subjectOf(type, actorId, JSON.stringify(lasting));
    const text = Object.keys(own).length > 0 ? JSON.stringify(own) : '';
    this.insert.run(timeNano, subject, action, text, passing ? 1 : 0);
    if (passing && (this.passing += 1) % FORGET_EVERY === 0) this.forget.run(timeNano - PASSING_NANOS);
  }

  /** After a restart an object may be kept a second time, which costs less than an index over all of them. */
  private subjectOf(type: EventType, actor: string, attributes: string): bigint | number {
    const key = `${type}\0${actor}\0${attributes}`;
    const known = this.subjects.get(key);
    if (known !== undefined) return known;
    const id = this.insertSubject.run(type, actor, attributes).lastInsertRowid;
    for (const oldest of this.subjects.keys()) {
      if (this.subjects.size < REMEMBERED) break;
      this.subjects.delete(oldest);
    }
    this.subjects.set(key, id);
    return id;
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
      attributes: { ...parse(row['lasting']), ...parse(row['own']) },
      timeNano: row['time'] as bigint,
    }));
  }
}

const parse = (text: unknown): Record<string, string> =>
  text === '' ? {} : (JSON.parse(text as string) as Record<string, string>);

const MAX = 2n ** 63n - 1n;

/** SQLite's integers have 64 bits; a client may ask for any time. */
function clamp(time: bigint): bigint {
  return time > MAX ? MAX : time < -MAX ? -MAX : time;
}
