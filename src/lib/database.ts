import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * The engine's one database file. Each folder that keeps records owns its tables and brings their numbered migrations.
 * WAL with synchronous=NORMAL: a commit survives the death of the process at any moment.
 */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = 2000;
    PRAGMA cache_size = -2000;
    CREATE TABLE IF NOT EXISTS migrations (area TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;
  `);
  return database;
}

/** Bytes. SQLite begins its log anew about then. */
const ROOM = 4 << 20;

/**
 * Makes the log and the database larger than they need be. Both are written to in place then, so that things can be recorded, and
 * removed, when the disk is full. On a disk that is full already nothing happens.
 */
export function reserveRoom(database: DatabaseSync): void {
  const location = database.location();
  if (location === null) return;
  const number = (pragma: string): number =>
    Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const log = statSync(`${location}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (log >= ROOM && number('freelist_count') * number('page_size') >= ROOM) return;
  try {
    database.exec('CREATE TABLE IF NOT EXISTS room (filler BLOB) STRICT');
    database.prepare('INSERT INTO room VALUES (zeroblob(?))').run(ROOM);
    database.exec('DROP TABLE room'); // by itself: what one transaction makes and drops is never written
  } catch {
    // there is no room to reserve
  }
}

/** Brings the tables of one area to the newest version. `steps[n]` leads from version n to n + 1 and never changes once released. */
export function migrate(database: DatabaseSync, area: string, steps: readonly string[]): void {
  const row = database.prepare('SELECT version FROM migrations WHERE area = ?').get(area);
  const from = row ? Number(row['version']) : 0;
  if (from > steps.length) {
    throw new Error(
      `The state of ${area} was written by a newer engine (version ${from}, this one knows ${steps.length})`,
    );
  }
  if (from === steps.length) return;
  transaction(database, () => {
    for (const step of steps.slice(from)) database.exec(step);
    database
      .prepare('INSERT OR REPLACE INTO migrations (area, version) VALUES (?, ?)')
      .run(area, steps.length);
  });
}

/** Runs synchronous work in one transaction; joins one that is already open. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
